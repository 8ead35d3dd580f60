// Pending requests as they come and go, while a page is visible.
import { type DeviceRequest, deviceRequests } from '../../protocol/device-api.ts'
import { readEvents, type ServerEvent } from '../../protocol/event-stream.ts'
import type { Device } from './device.ts'
import { Unreachable } from './errors.ts'
import { replaceRequests } from './requests.ts'
import { within } from './within.ts'

export type Watched =
  | { kind: 'requests'; requests: DeviceRequest[] }
  | { kind: 'unreachable'; retryInMs: number }
  /** the server has nothing to say to this device: none of its tokens is active */
  | { kind: 'nothing'; retryInMs: number }

type Needs = Pick<Device, 'store' | 'api' | 'clock' | 'random'>

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
/** The server comments every 15 s; a line that says nothing for three times that is dead. */
const SILENCE_MS = 45_000

/**
 * Every connection has a fresh proof; the server ends each after 5 minutes, and it is made anew. Ends when `signal` is
 * aborted. @throws DeviceError unknown-device: this device was removed
 */
export async function* watchRequests(needs: Needs, signal: AbortSignal): AsyncGenerator<Watched> {
  let wait = FIRST_WAIT_MS
  while (!signal.aborted) {
    let kind: 'requests' | 'unreachable' | 'nothing' = 'nothing'
    try {
      for await (const requests of oneConnection(needs, signal)) {
        kind = 'requests'
        wait = FIRST_WAIT_MS
        yield { kind, requests }
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Unreachable)) throw error
      kind = 'unreachable'
    }
    const retryInMs = kind === 'requests' ? FIRST_WAIT_MS : spread(wait, needs.random)
    if (kind !== 'requests') {
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
      yield { kind, retryInMs }
    }
    await pause(needs, retryInMs, signal)
  }
}

async function* oneConnection(needs: Needs, signal: AbortSignal): AsyncGenerator<DeviceRequest[]> {
  const connection = new AbortController()
  const response = await needs.api.events(AbortSignal.any([signal, connection.signal]))
  if (!response.body) throw new Unreachable('an event stream without a body')
  try {
    const late = () => new Unreachable('the event stream went silent')
    const events = readEvents(response.body.getReader(), (reader) =>
      within(needs.clock, SILENCE_MS, () => reader.read().catch(broken), late, signal),
    )
    for await (const event of events) {
      if (event.event !== 'requests') continue
      const requests = parse(event)
      await replaceRequests(needs.store, requests)
      yield requests
    }
  } finally {
    connection.abort()
  }
}

function broken(error: unknown): never {
  throw error instanceof TypeError ? new Unreachable('the event stream broke', { cause: error }) : error
}

function parse({ data }: ServerEvent): DeviceRequest[] {
  try {
    return deviceRequests.parse(JSON.parse(data)).requests
  } catch (error) {
    throw new Unreachable('the event stream is not in our protocol', { cause: error })
  }
}

/** Half of it by chance, so that many devices do not come back to a restarted server in step. */
function spread(ms: number, random: Needs['random']): number {
  const [byte = 0] = random(1)
  return Math.max(FIRST_WAIT_MS, Math.round(ms / 2 + (ms / 2) * (byte / 255)))
}

async function pause({ clock }: Needs, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.after(ms, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
