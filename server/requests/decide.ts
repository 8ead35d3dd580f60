// A decision: its checks, one after another in the order of the protocol page (§6), then the one that settles.
import { DECISION_TYPE, type DecisionPayload, decisionPayload, REPORT_WINDOW_MS } from '../../protocol/decision.ts'
import { requestId, tokenId } from '../../protocol/ids.ts'
import { isExactHeader, type ParsedJws, parseJws } from '../../protocol/jws.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { iat, jti, PROOF_WINDOW_SECONDS } from '../../protocol/proof.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { type DeviceRow, findActiveDevice } from '../devices/device-rows.ts'
import { type TokenRow, tokenRow } from '../devices/token-rows.ts'
import { verifiesJws } from '../devices/verify-jws.ts'
import { inside, type Room } from '../overload/room.ts'
import type { Target } from '../store/schema.ts'
import { untilWon } from '../store/until-won.ts'
import { countedAddress } from '../throttling/address.ts'
import { throttleOfHolder } from '../throttling/throttle.ts'
import { knownDecision } from './evidence.ts'
import { requestRow, targetsOn } from './rows.ts'
import { asOf, type RequestRow } from './state.ts'
import { type Answer, settleAs, type VerdictNeeds } from './verdict.ts'

export type DecideNeeds = VerdictNeeds & {
  appOrigin: string
  /** how many may be decided at once */
  deciding?: Room
}

/** What the checks go by. */
type Decision = Looked & { device: DeviceRow; payload: Record<string, unknown> }

/**
 * @param jws compact, as received
 * @param from the address that it came from: until its signature is checked, it is nobody's
 * @throws {Problem} unavailable, malformed, unknown-device, invalid-signature, replayed-proof, wrong-audience, clock-skew,
 * unknown-request, token-inactive, expired, already-settled, invalid, wrong-passcode, wrong-binding
 */
export function decide(needs: DecideNeeds, jws: string, from: string): Promise<Answer> {
  return inside(needs.deciding, countedAddress(from), () => decideThere(needs, jws))
}

async function decideThere(needs: DecideNeeds, jws: string): Promise<Answer> {
  const said = wellFormed(jws)
  const device = await knownDevice(needs, said)
  signedBy(device, said)
  return untilWon(async () => {
    const looked = await lookAt(needs, device, said)
    if (looked.first) return looked.first
    try {
      return await checked(needs, jws, { ...looked, device, payload: said.payload })
    } catch (refused) {
      // The same decision, sent twice at once: its twin may have settled the request since the look above.
      const twins = await firstAnswer(needs, device, said)
      if (twins) return twins
      throw refused
    }
  })
}

async function checked(needs: DecideNeeds, jws: string, decision: Decision): Promise<Answer | undefined> {
  addressedHere(needs, decision)
  timely(needs, decision)
  const { request, target } = sentTo(decision)
  const token = thatMay(decision)
  open(needs, decision, request)
  const payload = complete(decision)
  return settleAs(needs, { jws, device: decision.device, payload, request, target, token, counts: decision.counts })
}

function wellFormed(jws: string): ParsedJws {
  const said = parseJws(jws)
  if (!said || !isExactHeader(said.header, DECISION_TYPE)) throw new Problem('malformed')
  return said
}

async function knownDevice({ store }: DecideNeeds, said: ParsedJws): Promise<DeviceRow> {
  const device = await findActiveDevice(store.read, String(said.header.kid))
  if (!device) throw new Problem('unknown-device')
  return device
}

function signedBy(device: DeviceRow, said: ParsedJws): void {
  if (!verifiesJws(said, device)) throw new Problem('invalid-signature')
}

type Looked = Awaited<ReturnType<typeof lookAt>>

/** All that a decision hangs on, asked for at once: nothing of it says what else to ask for. */
async function lookAt(needs: DecideNeeds, device: DeviceRow, said: ParsedJws) {
  const { read } = needs.store
  const id = requestId.safeParse(said.payload.request)
  const holder = tokenId.safeParse(said.payload.token)
  const [first, request, token, counts] = await Promise.all([
    firstAnswer(needs, device, said),
    id.success ? requestRow(read, id.data) : undefined,
    holder.success ? tokenRow(read, holder.data) : undefined,
    holder.success ? throttleOfHolder(read, holder.data) : undefined,
  ])
  return { first, request, token, counts }
}

/** A decision whose answer was lost on its way is sent again: it gets that answer, whatever the time. */
async function firstAnswer({ store }: DecideNeeds, device: DeviceRow, said: ParsedJws): Promise<Answer | undefined> {
  const used = jti.safeParse(said.payload.jti)
  if (!used.success) return undefined
  const known = await knownDecision(store.read, device.id, used.data)
  if (!known) return undefined
  if (known.jws.slice(0, known.jws.lastIndexOf('.')) !== said.signed) throw new Problem('replayed-proof')
  return { status: known.status, body: JSON.parse(known.answer) } as Answer
}

function addressedHere({ appOrigin }: DecideNeeds, { payload }: Decision): void {
  if (payload.aud !== appOrigin) throw new Problem('wrong-audience')
}

function timely({ clock }: DecideNeeds, { payload }: Decision): void {
  const now = clock.now()
  const made = iat.safeParse(payload.iat)
  const isTimely = made.success && Math.abs(made.data - Math.floor(now / 1000)) <= PROOF_WINDOW_SECONDS
  if (!isTimely) throw new Problem('clock-skew', { members: { serverTime: timestamp(now) } })
}

function sentTo({ request, payload, device }: Decision): { request: RequestRow; target: Target } {
  const target = request && targetsOn(request, device.id).find(({ token }) => token === payload.token)
  if (!target) throw new Problem('unknown-request')
  return { request, target }
}

function thatMay({ token, payload }: Decision): TokenRow {
  const may = payload.verdict === 'approve' ? token?.state === 'active' : token?.state !== 'revoked'
  if (!token || !may) throw new Problem('token-inactive')
  return token
}

/** Pending, or, for a report, settled a moment ago. */
function open({ clock }: DecideNeeds, { payload }: Decision, request: RequestRow): void {
  const row = asOf(request, clock.now())
  if (row.state === 'pending') return
  if (payload.verdict === 'report' && clock.now() - (row.settled_at ?? 0) <= REPORT_WINDOW_MS) return
  if (row.state === 'expired') throw new Problem('expired')
  throw new Problem('already-settled', { members: { state: row.state, reason: row.reason } })
}

function complete({ payload }: Decision): DecisionPayload {
  return parseOrRefuse(decisionPayload, payload)
}
