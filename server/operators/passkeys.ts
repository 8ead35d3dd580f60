// An operator's own passkeys: more than one each, so that a lost phone locks nobody out.

import type { OperatorId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { PasskeyView } from '../../protocol/operator-api/operators.ts'
import type { CreationOptions, RegistrationResponse } from '../../protocol/operator-api/webauthn.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { spendChallenge } from './challenge.ts'
import { deletePasskey, insertPasskey, type PasskeyRow, passkeysOf, renamedPasskey } from './passkey-rows.ts'
import { operatorById, updateOperator } from './rows.ts'
import type { Session } from './sessions.ts'
import { creationOptionsFor, type NewPasskey, verifyNewPasskey, type WebauthnNeeds } from './webauthn.ts'

type Needs = WebauthnNeeds & { store: Store }

const UNNAMED = 'Passkey'

const purposeOf = ({ operator }: Session) => ({ kind: 'add-passkey' as const, operator: operator.id })

export async function listPasskeys({ store }: Pick<Needs, 'store'>, session: Session): Promise<PasskeyView[]> {
  return (await passkeysOf(store.read, session.operator.id)).map((row) => view(row, session))
}

function view(row: PasskeyRow, { session }: Session): PasskeyView {
  return {
    id: row.id,
    name: row.name,
    synced: row.synced === 1,
    createdAt: timestamp(row.created_at),
    lastUsedAt: timeOrNull(row.last_used_at),
    current: row.id === session.passkey_id,
    copiedAt: timeOrNull(row.copied_at),
  }
}

export async function newPasskeyOptions(needs: Needs, session: Session): Promise<CreationOptions> {
  const known = await passkeysOf(needs.store.read, session.operator.id)
  return creationOptionsFor(needs, purposeOf(session), session.operator, known)
}

/** @throws {Problem} passkey-refused */
export async function addPasskey(
  needs: Needs,
  session: Session,
  { name, response }: { name?: string | undefined; response: RegistrationResponse },
  by: Actor,
): Promise<PasskeyView> {
  const passkey = await verifyNewPasskey(needs, purposeOf(session), response)
  const row = await needs.store.write(async (tx) => {
    const now = needs.clock.now()
    const stored = await storePasskey(tx, session.operator.id, passkey, { name: name ?? '', now })
    await raise(tx, { at: now, kind: 'passkey-added', by, detail: { passkey: stored.id, name: stored.name } })
    return stored
  })
  return view(row, session)
}

/** @param about.name empty: some name @throws {Problem} passkey-refused: the challenge was answered before */
export async function storePasskey(
  tx: Db,
  operator: OperatorId,
  { challenge, end, ...passkey }: NewPasskey,
  { name, now }: { name: string; now: number },
): Promise<PasskeyRow> {
  const about = { operator_id: operator, name: name || UNNAMED, created_at: now, last_used_at: null, copied_at: null }
  const row: PasskeyRow = { ...passkey, ...about }
  const fresh = await spendChallenge(tx, challenge, end)
  if (!fresh || !(await insertPasskey(tx, row))) throw new Problem('passkey-refused')
  return row
}

/** @param asked.name 1 to 64 characters @throws {Problem} unknown-passkey */
export async function renamePasskey(
  { store, clock }: Pick<Needs, 'store' | 'clock'>,
  session: Session,
  { id, name }: { id: string; name: string },
  by: Actor,
): Promise<PasskeyView> {
  const row = await store.write(async (tx) => {
    const renamed = await renamedPasskey(tx, session.operator.id, { id, name })
    if (!renamed) throw new Problem('unknown-passkey')
    await record(tx, { at: clock.now(), kind: 'passkey-renamed', by, detail: { passkey: id, name } })
    return renamed
  })
  return view(row, session)
}

/** Ends the sessions begun with it. @throws {Problem} unknown-passkey, last-passkey */
export async function removePasskey(
  { store, clock }: Pick<Needs, 'store' | 'clock'>,
  { operator }: Session,
  id: string,
  by: Actor,
): Promise<void> {
  await untilWon(async () => {
    // Of two that are removed at once, one finds that the version has risen, and that it is the last.
    const seen = await operatorById(store.read, operator.id)
    const own = await passkeysOf(store.read, operator.id)
    const passkey = own.find((row) => row.id === id)
    if (!seen || !passkey) throw new Problem('unknown-passkey')
    if (own.length === 1) throw new Problem('last-passkey')
    return store.write(async (tx) => {
      if (!(await updateOperator(tx, seen, {}))) return undefined
      await deletePasskey(tx, id)
      const detail = { passkey: id, name: passkey.name }
      await record(tx, { at: clock.now(), kind: 'passkey-removed', by, detail })
      return true
    })
  })
}
