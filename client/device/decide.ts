// A decision on its way: kept before it is sent, and the very same statement until someone answers.
import { type Decided, type DeviceRequest, decided as decidedSchema } from '../../protocol/device-api.ts'
import { newJti } from './call.ts'
import type { Device } from './device.ts'
import { type DeviceError, isRefusal, Unreachable } from './errors.ts'
import { writeIfRoom } from './if-room.ts'
import { onItsWay } from './on-its-way.ts'
import { rememberDecision } from './recent.ts'
import type { Unsent } from './schema.ts'
import { type Decision, signedAgain, signedDecision } from './statement.ts'
import type { Change, DeviceStore } from './store.ts'

export type Outcome =
  | { sent: true; decided: Decided }
  /** nobody answered, or its person has decided otherwise meanwhile: this is what `deliver` and `retryUnsent` send next */
  | { sent: false; unsent: Unsent }

/**
 * Where nothing can be kept no approval is sent: one that came half-way could neither be told nor sent again. A denial
 * or report is sent all the same, for as long as its page is there.
 * @throws StorageError the approval was not sent
 * @throws DeviceError wrong-passcode (document.triesLeft), already-settled (document.state, document.reason), expired,
 *   token-inactive, unknown-request, unknown-device …; then nothing is kept
 */
export async function decide(device: Device, request: DeviceRequest, decision: Decision): Promise<Outcome> {
  const jws = await signedDecision(device, request, decision)
  const unsent: Unsent = { id: newJti(device.random), request, verdict: decision.verdict, jws }
  return onItsWay(unsent, async () => {
    await keep(device.store, unsent)
    return deliverNow(device, unsent)
  })
}

/** Page and worker may both be at it: the server answers the very same statement the same, however often it comes. */
export function deliver(device: Device, unsent: Unsent): Promise<Outcome> {
  return onItsWay(unsent, () => deliverNow(device, unsent))
}

async function deliverNow(device: Device, unsent: Unsent): Promise<Outcome> {
  const last = await lastDecision(device.store, unsent)
  if (last.id !== unsent.id) return { sent: false, unsent: last }
  try {
    const decided = await sendCorrected(device, last)
    // The answer stands, whatever can be noted: unnoted it is asked for again, and comes again.
    await writeIfRoom(device.store, ...(await done(device, unsent, decided)))
    return { sent: true, decided }
  } catch (error) {
    if (error instanceof Unreachable) return { sent: false, unsent }
    if (!isRefusal(error)) throw error
    const decided = await decidedHere(device, unsent, error)
    const noted = isLastTry(error) ? await done(device, unsent, deniedBy(unsent)) : gone(unsent, error.slug)
    await writeIfRoom(device.store, ...(await dropped(device.store, unsent)), ...noted)
    if (decided) return { sent: true, decided }
    throw error
  }
}

async function sendCorrected({ store, api, ...device }: Device, unsent: Unsent): Promise<Decided> {
  try {
    return await api.decide(unsent.jws)
  } catch (error) {
    if (!isRefusal(error, 'clock-skew')) throw error
  }
  const other = await lastDecision(store, unsent)
  if (other.id !== unsent.id) throw new Unreachable('another decision took its place')
  if (other.jws !== unsent.jws) return api.decide(other.jws)
  const jws = await signedAgain({ store, ...device }, unsent.jws)
  await keep(store, { ...unsent, jws })
  return api.decide(jws)
}

/**
 * Of page and worker the other may have learned the time meanwhile, and signed the same decision anew; or its person has
 * denied there what they approved here. An approval gives way to what came later; nothing gives way to an approval, for a
 * denial may be one that could not be kept.
 */
async function lastDecision(store: DeviceStore, unsent: Unsent): Promise<Unsent> {
  const kept = await store.get('unsent', unsent.request.id)
  return kept && (kept.id === unsent.id || unsent.verdict === 'approve') ? kept : unsent
}

function keep(store: DeviceStore, unsent: Unsent): Promise<void> {
  const change: Change = { put: 'unsent', key: unsent.request.id, value: unsent }
  return unsent.verdict === 'approve' ? store.write(change) : writeIfRoom(store, change)
}

async function done({ store, clock }: Device, unsent: Unsent, decided: Decided): Promise<Change[]> {
  const { request, verdict } = unsent
  const told = decided.state === 'denied' && verdict === 'approve' ? 'deny' : verdict
  return [
    ...(await dropped(store, unsent)),
    { drop: 'requests', key: request.id },
    ...(await rememberDecision(store, { request, verdict: told, at: clock.now(), decided })),
  ]
}

/** Two windows, one mind: whoever comes second finds the request settled as its person wanted it. */
async function decidedHere(device: Device, unsent: Unsent, error: DeviceError): Promise<Decided | undefined> {
  if (error.slug !== 'already-settled') return undefined
  const settled = decidedSchema.safeParse(error.document)
  if (!settled.success) return undefined
  const recent = await device.store.get('recent', unsent.request.id)
  const isOurs = recent
    ? recent.verdict === unsent.verdict && !recent.elsewhere
    : settled.data.state === ENDS_AS[unsent.verdict] && (await serverSaysHere(device, unsent))
  return isOurs ? settled.data : undefined
}

const ENDS_AS = { approve: 'approved', deny: 'denied', report: undefined } as const

/** The other window may not have noted its answer yet; the server knows whose it took. */
async function serverSaysHere({ api }: Device, { request }: Unsent): Promise<boolean> {
  try {
    const { requests } = await api.history()
    return requests.some(({ id, decidedHere }) => id === request.id && decidedHere)
  } catch (error) {
    // Unanswered, it is told as what is certain: settled, and not by this window.
    if (error instanceof Unreachable || isRefusal(error)) return false
    throw error
  }
}

/** Never another decision on the same request, taken meanwhile. */
async function dropped(store: DeviceStore, { id, request }: Unsent): Promise<Change[]> {
  const kept = await store.get('unsent', request.id)
  return kept?.id === id ? [{ drop: 'unsent', key: request.id }] : []
}

/** The third wrong number is a denial, and calls for caution as any other. */
function isLastTry({ slug, document }: DeviceError): boolean {
  return slug === 'wrong-passcode' && document.triesLeft === 0
}

function deniedBy({ request }: Unsent): Decided {
  return { state: 'denied', reason: request.number ? 'wrong_number' : 'wrong_passcode' }
}

/** A wrong number leaves the request open for another try; these do not. */
const ENDED = ['already-settled', 'expired', 'unknown-request'] as const

function gone({ request }: Unsent, slug: string): Change[] {
  return ENDED.some((ended) => ended === slug) ? [{ drop: 'requests', key: request.id }] : []
}
