// The VAPID keys in the store: today's, and those that subscriptions were made with before it.
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { base64url, concat, fromBase64url } from '../../protocol/encoding.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Cell, Sealer } from '../store/sealer.ts'
import { settingOf } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'

export type VapidKeys = { current: string; byPublicKey: ReadonlyMap<string, KeyObject> }

type Needs = { store: Store; sealer: Sealer }

/** The first thing that an installation seals. */
export const VAPID_KEY = 'vapid-key'
const FORMER = 'vapid-keys-former'
const cell = (id: string): Cell => ({ table: 'settings', column: 'value', id })

/** Makes the first key where there is none. */
export async function vapidKeys({ store, sealer }: Needs): Promise<VapidKeys> {
  const sealed = await settingOf(store, VAPID_KEY, () => sealer.seal(JSON.stringify(newKey()), cell(VAPID_KEY)))
  const current = JSON.parse(sealer.openText(sealed, cell(VAPID_KEY))) as JsonWebKey
  const all = [current, ...(await formerKeys({ store, sealer }))]
  return {
    current: publicKeyOf(current),
    byPublicKey: new Map(all.map((key) => [publicKeyOf(key), createPrivateKey({ format: 'jwk', key })])),
  }
}

/**
 * A new key for every subscription from now on. Devices renew theirs when the app is opened next; until then each is
 * served with the key it was made with, so nobody misses a request.
 * @returns the new public key
 */
export function rotateVapid(needs: Needs & { clock: Clock }, by: Actor): Promise<string> {
  const { store, sealer, clock } = needs
  return untilWon(async () => {
    const sealed = await settingOf(store, VAPID_KEY, () => sealer.seal(JSON.stringify(newKey()), cell(VAPID_KEY)))
    const former = [JSON.parse(sealer.openText(sealed, cell(VAPID_KEY))) as JsonWebKey, ...(await formerKeys(needs))]
    const key = newKey()
    const values = { name: FORMER, value: sealer.seal(JSON.stringify(former), cell(FORMER)) }
    const won = await store.write(async (tx, announce) => {
      const { numUpdatedRows } = await tx
        .updateTable('settings')
        .set({ value: sealer.seal(JSON.stringify(key), cell(VAPID_KEY)) })
        .where('name', '=', VAPID_KEY)
        .where('value', '=', sealed)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return false
      await tx
        .insertInto('settings')
        .values(values)
        .onConflict((c) => c.column('name').doUpdateSet({ value: values.value }))
        .execute()
      await record(tx, {
        at: clock.now(),
        kind: 'key-rotated',
        by,
        detail: { key: 'vapid', publicKey: publicKeyOf(key) },
      })
      announce('keys')
      return true
    })
    return won ? publicKeyOf(key) : undefined
  })
}

async function formerKeys({ store, sealer }: Needs): Promise<JsonWebKey[]> {
  const row = await store.read.selectFrom('settings').select('value').where('name', '=', FORMER).executeTakeFirst()
  return row ? (JSON.parse(sealer.openText(row.value, cell(FORMER))) as JsonWebKey[]) : []
}

function newKey(): JsonWebKey {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
}

function publicKeyOf({ x = '', y = '' }: JsonWebKey): string {
  return base64url(concat(Uint8Array.of(4), fromBase64url(x), fromBase64url(y)))
}
