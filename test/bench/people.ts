// Users with an activated device each, written straight into a store; the bench plays their devices.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { addApplication } from '../../server/applications/applications.ts'
import type { Assembly } from '../../server/assemble.ts'
import { thumbprint } from '../../server/devices/device-key.ts'
import { sealTokenKeys } from '../../server/devices/token-secrets.ts'
import type { DevicesTable, SubscriptionsTable, TokensTable, UsersTable } from '../../server/store/schema.ts'
import { newId } from '../../protocol/ids.ts'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'

export type Person = { username: string; device: string; token: string; signingKey: JsonWebKey; ocraKey: string }

const BATCH = 500

/** @param subscriptions one a person; whose list is shorter get none */
export async function addPeople(parts: Assembly, count: number, subscriptions: readonly SubscriptionJson[], prefix = 'person'): Promise<Person[]> {
  const people: Person[] = []
  for (let from = 0; from < count; from += BATCH) {
    const rows = await Promise.all(
      Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => personRows(parts, `${prefix}-${from + i}`, subscriptions[from + i])),
    )
    await parts.store.write(async (tx) => {
      await tx.insertInto('users').values(rows.map((r) => r.user)).execute()
      await tx.insertInto('devices').values(rows.map((r) => r.device)).execute()
      await tx.insertInto('tokens').values(rows.map((r) => r.token)).execute()
      const subscribed = rows.flatMap((r) => r.subscription ?? [])
      if (subscribed.length > 0) await tx.insertInto('subscriptions').values(subscribed).execute()
    })
    people.push(...rows.map((r) => r.person))
  }
  return people
}

async function personRows({ random, sealer, vapid }: Assembly, username: string, given: SubscriptionJson | undefined) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = publicKey.export({ format: 'jwk' })
  const user: UsersTable = { id: newId('usr', random), username, username_key: username, display_name: username, email: null, password_hash: null, created_at: 0 }
  const device: DevicesTable = { id: newId('dev', random), name: 'Phone', platform: 'Android', key: JSON.stringify(key), key_thumbprint: await thumbprint(key), state: 'active', created_at: 0 }
  const id = newId('tok', random)
  const ocraKey = new Uint8Array(randomBytes(32))
  const token: TokensTable = {
    id,
    user_id: user.id,
    device_id: device.id,
    label: 'Bench',
    unlock: 'none',
    approval: 'standard',
    number_matching: 1,
    number_digits: 2,
    otp_digits: 6,
    otp_period: 30,
    state: 'active',
    ...sealTokenKeys(sealer, id, { totp: new Uint8Array(randomBytes(20)), ocra: ocraKey }),
    drift: 0,
    last_step: 0,
    created_at: 0,
    last_used_at: null,
  }
  const subscription: SubscriptionsTable | undefined = given && {
    device_id: device.id,
    endpoint: given.endpoint,
    p256dh: given.keys.p256dh,
    auth: given.keys.auth,
    vapid_key: vapid.publicKey,
    created_at: 0,
  }
  const person: Person = { username, device: device.id, token: id, signingKey: privateKey.export({ format: 'jwk' }), ocraKey: Buffer.from(ocraKey).toString('base64url') }
  return { user, device, token, subscription, person }
}

/** Users who only make the tables long: one of each row, none of them used. */
export async function addCrowd(parts: Assembly, count: number): Promise<void> {
  const [model] = await addPeople(parts, 1, [], 'model')
  if (!model) return
  const token = await parts.store.read.selectFrom('tokens').selectAll().where('id', '=', model.token as TokensTable['id']).executeTakeFirstOrThrow()
  const device = await parts.store.read.selectFrom('devices').selectAll().where('id', '=', token.device_id).executeTakeFirstOrThrow()
  for (let from = 0; from < count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => {
      const name = `crowd-${from + i}`
      const user = { id: newId('usr', parts.random), username: name, username_key: name, display_name: name, email: null, password_hash: null, created_at: 0 }
      const theirs = { ...device, id: newId('dev', parts.random), key_thumbprint: name }
      return { user, device: theirs, token: { ...token, id: newId('tok', parts.random), user_id: user.id, device_id: theirs.id } }
    })
    await parts.store.write(async (tx) => {
      await tx.insertInto('users').values(batch.map((b) => b.user)).execute()
      await tx.insertInto('devices').values(batch.map((b) => b.device)).execute()
      await tx.insertInto('tokens').values(batch.map((b) => b.token)).execute()
    })
  }
}

export async function addBenchApplication(parts: Assembly): Promise<string> {
  return (await addApplication(parts, { name: 'Bench', redirectUris: [] })).apiKey
}
