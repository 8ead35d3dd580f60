// What is unusual about somebody who signs in, by what is kept of them, and what then holds: at every door alike.

import type { ThrottleRow } from '../throttling/throttle.ts'
import { type DeviceContext, deviceContext, hidesClient, type Locate } from '../whereabouts/context.ts'
import type { Effective } from './effective.ts'
import { type RiskSignal, riskSignals, underRisk } from './risk.ts'

type Kept = Pick<ThrottleRow, 'places' | 'clients' | 'denied_at'>

/** From where and with what somebody signs in, as far as the door is told. */
export type From = { address?: string | undefined; userAgent?: string | undefined }

export function signalsAbout(
  kept: Kept,
  { context, given }: { context: DeviceContext; given: Pick<From, 'userAgent'> },
  now: number,
): RiskSignal[] {
  const clients = JSON.parse(kept.clients) as string[]
  return riskSignals({ context, isClientHidden: hidesClient(given), clients, deniedAt: kept.denied_at, now })
}

/** @returns what holds there and now, or that it is refused */
export function heldFrom(
  held: Effective,
  { address, userAgent }: From,
  { kept, locate, now }: { kept: Kept; locate: Locate; now: number },
): Effective | 'refused' {
  const given = { ...(address !== undefined && { ip: address }), ...(userAgent !== undefined && { userAgent }) }
  const context = deviceContext(given, locate, JSON.parse(kept.places) as string[])
  return underRisk(held, signalsAbout(kept, { context, given }, now))
}
