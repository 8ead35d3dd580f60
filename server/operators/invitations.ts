// A link is opened, shows whom it is for, and turns into a passkey and a session: once.
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { InvitationOffer } from '../../protocol/operator-api/session.ts'
import type { RegistrationResponse } from '../../protocol/operator-api/webauthn.ts'
import { Problem } from '../../protocol/problems.ts'
import { raise } from '../audit/record.ts'
import { digest } from '../store/digest.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { countedAddress } from '../throttling/address.ts'
import { mayHit, takeHit } from '../throttling/hits.ts'
import { type InvitationRow, invitationByHash, useInvitation, withdrawInvitations } from './invitation-rows.ts'
import { refuseLikeness } from './likeness.ts'
import { endMadeBy } from './made-by.ts'
import { deletePasskeysOf } from './passkey-rows.ts'
import { storePasskey } from './passkeys.ts'
import { type OperatorRow, operatorById, operatorNameKey, updateOperator } from './rows.ts'
import { beginSession, type NewSession } from './sessions.ts'
import { creationOptionsFor, type NewPasskey, verifyNewPasskey, type WebauthnNeeds } from './webauthn.ts'

export type InvitationNeeds = WebauthnNeeds & {
  store: Store
  random: RandomBytes
  limits: Pick<Limits, 'enrolmentOpens'>
}

/** Where a call came from: for the limit on guesses, and for the audit log. */
export type From = {
  address: string
  /** 'Chrome on Windows', or empty */
  client: string
}

export type Acceptance = {
  code: string
  name?: string | undefined
  passkeyName?: string | undefined
  response: RegistrationResponse
}

type Opened = { invitation: InvitationRow; operator: OperatorRow }

const purposeOf = ({ id }: OperatorRow) => ({ kind: 'invitation' as const, operator: id })

/** Uses nothing up. @throws {Problem} too-many-requests, unknown-invitation */
export async function openInvitation(needs: InvitationNeeds, code: string, from: From): Promise<InvitationOffer> {
  const { operator } = await opened(needs, code, from)
  const { name, role } = operator
  return {
    organisation: needs.organisation.name,
    operator: { name, role },
    options: creationOptionsFor(needs, purposeOf(operator), operator, []),
  }
}

/**
 * The new passkey replaces all that this operator had, and ends every session begun with them. Attack stopped: whoever
 * held the passkey before, and comes back by an API token or an invitation that they made with it.
 * @throws {Problem} too-many-requests, unknown-invitation, passkey-refused, operator-name-taken
 */
export async function acceptInvitation(
  needs: InvitationNeeds,
  { code, name, passkeyName, response }: Acceptance,
  from: From,
): Promise<NewSession> {
  const { operator } = await opened(needs, code, from)
  const passkey = await verifyNewPasskey(needs, purposeOf(operator), response)
  return untilWon(async () => {
    const { invitation, operator } = await opened(needs, code, from)
    const joining = { ...operator, name: name?.trim() ?? operator.name }
    // The same name from another link at the same moment: tried again, it is found to be taken.
    return orNotUnique(
      needs.store.write((tx) => join(tx, needs, { invitation, operator: joining, passkey, passkeyName, from })),
    )
  })
}

async function join(
  tx: Db,
  needs: InvitationNeeds,
  of: Opened & { passkey: NewPasskey; passkeyName: string | undefined; from: From },
): Promise<NewSession | undefined> {
  const { invitation, operator, passkey, from } = of
  const now = needs.clock.now()
  const changes = { name: operator.name, name_key: operatorNameKey(operator.name), last_sign_in_at: now }
  await refuseLikeness(tx, needs.store, operator)
  if (!(await updateOperator(tx, operator, changes))) return undefined
  if (!(await useInvitation(tx, invitation.hash, now))) throw new Problem('unknown-invitation')
  await withdrawInvitations(tx, operator.id)
  const ended = await endMadeBy(tx, operator.id)
  await deletePasskeysOf(tx, operator.id)
  await storePasskey(tx, operator.id, passkey, { name: of.passkeyName ?? from.client, now })
  const by = { kind: 'operator' as const, id: operator.id, name: operator.name, role: operator.role }
  const detail = { ...from, passkey: passkey.id, ...ended }
  await raise(tx, { at: now, kind: 'operator-joined', by: { ...by, act: 'invitations.accept' }, detail })
  return beginSession(tx, needs, { operator: { ...operator, ...changes }, passkey })
}

/** As an activation code: what is found passes, what is not counts against the address. */
async function opened(needs: InvitationNeeds, code: string, from: From): Promise<Opened> {
  const { store, clock, limits } = needs
  const invitation = await invitationByHash(store.read, digest(code))
  const operator = invitation && (await operatorById(store.read, invitation.operator_id))
  if (invitation && operator && invitation.used_at === null && invitation.expires_at > clock.now())
    return { invitation, operator }
  const bucket = `invitation:${countedAddress(from.address)}`
  await takeHit(store, { bucket, rate: limits.enrolmentOpens, now: clock.now() })
  if (invitation?.used_at) await noteReuse(needs, invitation, from)
  throw new Problem('unknown-invitation')
}

/** A link that is tried again and again, from however many addresses, is told of so often an hour. */
const REUSE_TOLD = { count: 3, seconds: 3600 }

/** Somebody holds a link that was used: it is worth nothing, but where they have it from is worth asking. */
async function noteReuse({ store, clock }: InvitationNeeds, invitation: InvitationRow, from: From): Promise<void> {
  const now = clock.now()
  if (!(await mayHit(store, [{ bucket: `reuse:${invitation.hash}`, rate: REUSE_TOLD }], { now }))) return
  const detail = { operator: invitation.operator_id, ...from }
  await store.write((tx) => raise(tx, { at: now, kind: 'invitation-refused', detail }))
}
