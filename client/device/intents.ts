// The wish to approve, left by a notification's button for the page it opens. Never in a URL: any site can open
// `/requests/<id>`, and that must not approve anything.
import type { RequestId } from '../../protocol/ids.ts'
import type { Device } from './device.ts'

const LIFE_MS = 30_000

type Needs = Pick<Device, 'store' | 'clock'>

export async function leaveIntent({ store, clock }: Needs, request: RequestId): Promise<void> {
  await store.write({ clear: 'intents' }, { put: 'intents', key: request, value: { at: clock.local() } })
}

/** True once, for this request only, within 30 s; a clock set back makes it void. */
export async function takeIntent({ store, clock }: Needs, request: RequestId): Promise<boolean> {
  const intent = await store.take('intents', request)
  if (!intent) return false
  const age = clock.local() - intent.at
  return age >= 0 && age <= LIFE_MS
}
