// Signing in by passkey, and using it again before something dangerous.
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { AuthenticationResponse, RequestOptions } from '../../protocol/operator-api/webauthn.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { moveHit, refuseOverLimit, takeHit } from '../throttling/hits.ts'
import { type Purpose, spendChallenge } from './challenge.ts'
import type { From } from './invitations.ts'
import { countUse, markCopied, type PasskeyRow, passkeyById, passkeysOf } from './passkey-rows.ts'
import { type OperatorRow, operatorById } from './rows.ts'
import { beginSession, deleteSession, markVerified, type NewSession, type Session } from './sessions.ts'
import { requestOptionsFor, verifyPasskey, type WebauthnNeeds } from './webauthn.ts'

export type SignInNeeds = WebauthnNeeds & {
  store: Store
  random: RandomBytes
  limits: Pick<Limits, 'signInsPerAddress'>
}

const SIGN_IN: Purpose = { kind: 'sign-in', operator: null }
const confirming = ({ operator }: Session): Purpose => ({ kind: 'confirm', operator: operator.id })

/** For any passkey of ours: the person need not say who they are. */
export function signInOptions(needs: WebauthnNeeds): RequestOptions {
  return requestOptionsFor(needs, SIGN_IN)
}

/** @throws {Problem} too-many-requests, passkey-refused, passkey-cloned */
export async function signIn(needs: SignInNeeds, response: AuthenticationResponse, from: From): Promise<NewSession> {
  const { store, clock, limits } = needs
  const rate = limits.signInsPerAddress
  const bucket = `operator-sign-in:${countedAddress(from.address)}`
  const at = clock.now()
  const owner = await ownerOf(store, response.id)
  const own = owner && `${bucket} ${owner.operator.id}`
  // First: what is refused here takes nothing from whoever else is there.
  if (own) await refuseOverLimit(store.read, own, rate, at)
  await takeHit(store, { bucket, rate, now: at })
  if (!owner || !own) throw new Problem('passkey-refused')
  const { operator, passkey } = owner
  const by = { ...actorOf(operator), act: 'session.sign-in' }
  return usePasskey(needs, SIGN_IN, { passkey, response, by, from }, async (tx) => {
    // A right one takes nothing from whoever else is there.
    await moveHit(tx, store, { from: bucket, to: own, at })
    await tx.updateTable('operators').set({ last_sign_in_at: clock.now() }).where('id', '=', operator.id).execute()
    await raise(tx, { at: clock.now(), kind: 'operator-signed-in', by, detail: { ...from, passkey: passkey.id } })
    return beginSession(tx, needs, { operator, passkey })
  })
}

export async function confirmOptions(needs: SignInNeeds, session: Session): Promise<RequestOptions> {
  const own = await passkeysOf(needs.store.read, session.operator.id)
  return requestOptionsFor(needs, confirming(session), own)
}

/** From now on dangerous acts are possible for a while. @throws {Problem} passkey-refused, passkey-cloned */
export async function confirm(
  needs: SignInNeeds,
  session: Session,
  { response, by, from }: { response: AuthenticationResponse; by: Actor; from: From },
): Promise<Session> {
  const passkey = await passkeyById(needs.store.read, response.id)
  if (passkey?.operator_id !== session.operator.id) throw new Problem('passkey-refused')
  return usePasskey(needs, confirming(session), { passkey, response, by, from }, async (tx) => {
    const verified_at = needs.clock.now()
    await markVerified(tx, session.session.id, verified_at)
    return { ...session, session: { ...session.session, verified_at } }
  })
}

export async function signOut(
  { store, clock }: Pick<SignInNeeds, 'store' | 'clock'>,
  { session }: Session,
  by: Actor,
): Promise<void> {
  await store.write(async (tx) => {
    if (await deleteSession(tx, session.id)) await record(tx, { at: clock.now(), kind: 'operator-signed-out', by })
  })
}

type Use = { passkey: PasskeyRow; response: AuthenticationResponse; by: Actor; from: From }

/** Verifies, counts, and does `then` in the same transaction. */
async function usePasskey<T>(
  needs: SignInNeeds,
  purpose: Purpose,
  { passkey, response, by, from }: Use,
  then: (tx: Db) => Promise<T>,
): Promise<T> {
  const { store, clock } = needs
  const { challenge, end, counter } = await verifyPasskey(needs, purpose, { passkey, response })
  const done = await store.write(async (tx) => {
    if (!(await spendChallenge(tx, challenge, end))) throw new Problem('passkey-refused')
    if (await countUse(tx, passkey.id, counter, clock.now())) return { value: await then(tx) }
    // The challenge stays spent, and what was noticed stays written.
    const detail = { ...from, passkey: passkey.id, expected: passkey.counter + 1, counter }
    await markCopied(tx, passkey.id, clock.now())
    await raise(tx, { at: clock.now(), kind: 'passkey-cloned', by, detail })
    return undefined
  })
  if (!done) throw new Problem('passkey-cloned')
  return done.value
}

type Owner = { operator: OperatorRow; passkey: PasskeyRow }

async function ownerOf({ read }: Store, credential: string): Promise<Owner | undefined> {
  const passkey = await passkeyById(read, credential)
  const operator = passkey && (await operatorById(read, passkey.operator_id))
  return operator && { operator, passkey }
}

export function actorOf({ id, name, role }: OperatorRow): Omit<Actor, 'act'> {
  return { kind: 'operator', id, name, role }
}
