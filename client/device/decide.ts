// A decision on its way: kept before it is sent, and the very same statement until someone answers.
import type { Decided, DeviceRequest } from '../../protocol/device-api.ts'
import type { Device } from './device.ts'
import { isRefusal, Unreachable } from './errors.ts'
import { rememberDecision } from './recent.ts'
import type { Unsent } from './schema.ts'
import { type Decision, signedAgain, signedDecision } from './statement.ts'
import type { Change } from './store.ts'

export type Outcome = { sent: true; decided: Decided } | { sent: false }

/**
 * `sent: false` means that nobody answered; the decision is kept for `retryUnsent`.
 * @throws DeviceError wrong-passcode (document.triesLeft), already-settled (document.state, document.reason), expired,
 *   token-inactive, unknown-request, unknown-device …; then nothing is kept
 */
export async function decide(device: Device, request: DeviceRequest, decision: Decision): Promise<Outcome> {
  const jws = await signedDecision(device, request, decision)
  const unsent: Unsent = { request, verdict: decision.verdict, jws }
  await device.store.write(keep(unsent))
  return deliver(device, unsent)
}

export async function deliver(device: Device, unsent: Unsent): Promise<Outcome> {
  try {
    const decided = await sendCorrected(device, unsent)
    await device.store.write(...(await done(device, unsent)))
    return { sent: true, decided }
  } catch (error) {
    if (error instanceof Unreachable) return { sent: false }
    if (isRefusal(error)) await device.store.write(...refused(unsent, error.slug))
    throw error
  }
}

async function sendCorrected(device: Device, unsent: Unsent): Promise<Decided> {
  try {
    return await device.api.decide(unsent.jws)
  } catch (error) {
    if (!isRefusal(error, 'clock-skew')) throw error
  }
  const jws = await signedAgain(device, unsent.jws)
  await device.store.write(keep({ ...unsent, jws }))
  return device.api.decide(jws)
}

function keep(unsent: Unsent): Change {
  return { put: 'unsent', key: unsent.request.id, value: unsent }
}

async function done({ store, clock }: Device, { request, verdict }: Unsent): Promise<Change[]> {
  return [
    { drop: 'unsent', key: request.id },
    { drop: 'requests', key: request.id },
    ...(await rememberDecision(store, { request, verdict, at: clock.now() })),
  ]
}

/** A wrong number leaves the request open for another try; these do not. */
const ENDED = ['already-settled', 'expired', 'unknown-request'] as const

function refused({ request }: Unsent, slug: string): Change[] {
  const over = ENDED.some((ended) => ended === slug)
  return [{ drop: 'unsent', key: request.id }, ...(over ? [{ drop: 'requests' as const, key: request.id }] : [])]
}
