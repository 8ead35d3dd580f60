// The request that an address names, and how far it has come on this device.
import { type RequestId, requestId } from '../../../protocol/ids.ts'
import {
  callsForCaution,
  type Device,
  type DeviceRequest,
  fetchHistory,
  isRefusal,
  recentDecision,
  requestById,
  situation,
  type Unsent,
  unsentFor,
} from '../../device/index.ts'
import type { useServer } from '../server-reach.ts'
import { endingOf, type Phase, seen } from './decision-flow.ts'
import type { useRequests } from './requests-store.ts'

type Beginning = { began: Phase; endedAt?: number }
export type Found = {
  request: DeviceRequest
  unsent?: Unsent
  /** known before the question is drawn: a warning that comes late pushes it down */
  cautious: boolean
} & Beginning

type Needs = {
  device: Device
  server: Pick<ReturnType<typeof useServer>, 'observe'>
  requests: Pick<ReturnType<typeof useRequests>, 'pending'>
}

/** @returns undefined where nothing of it is left @throws {DeviceError | Unreachable} */
export async function findRequest(needs: Needs, id: string): Promise<Found | undefined> {
  const { data: wanted } = requestId.safeParse(id)
  return wanted && ((await waiting(needs, wanted)) ?? (await past(needs, wanted)))
}

async function waiting({ device, requests }: Needs, wanted: RequestId): Promise<Found | undefined> {
  try {
    const request = requests.pending.find((known) => known.id === wanted) ?? (await requestById(device, wanted))
    const now = device.clock.now()
    const [beginning, unsent, around] = await Promise.all([
      beginningOf(device, request),
      unsentFor(device.store, wanted),
      situation(device.store, now),
    ])
    const cautious = callsForCaution(request, around, now)
    return { request, cautious, ...beginning, ...(unsent && { unsent, began: onItsWay(unsent, beginning.began) }) }
  } catch (error) {
    if (!isRefusal(error, 'unknown-request', 'not-found')) throw error
    return undefined
  }
}

function onItsWay({ verdict }: Unsent, began: Phase): Phase {
  return { at: 'sending', verdict, retrying: true, ...(began.at === 'ended' && { from: began.ending }) }
}

/** It may have been answered already: in the notification, in another window, or on this sheet a minute ago. */
async function beginningOf(device: Device, request: DeviceRequest): Promise<Beginning> {
  const decision = await recentDecision(device.store, request.id)
  if (!decision) return { began: { at: 'asking' } }
  const { verdict, decided, at: endedAt } = decision
  return { began: { at: 'ended', ending: decided ? endingOf(verdict, decided) : 'elsewhere' }, endedAt }
}

/** One that waits no more: a notification of it may have been left. */
async function past({ device, server }: Needs, wanted: RequestId): Promise<Found | undefined> {
  const { requests: settled } = await server.observe(() => fetchHistory(device))
  const entry = settled.find((known) => known.id === wanted)
  if (!entry) return undefined
  const ending = seen({ ...entry, here: entry.decidedHere })
  return { request: entry, cautious: false, began: { at: 'ended', ending }, endedAt: Date.parse(entry.settledAt) }
}
