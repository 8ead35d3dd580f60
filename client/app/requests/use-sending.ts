// A decision on its way: sent, and again until somebody answers, the time is over, or the sheet is left.
import { onBeforeUnmount, type Ref } from 'vue'
import {
  type Decision,
  DeviceError,
  type DeviceRequest,
  decide,
  deliver,
  markSeen,
  type Outcome,
  recentDecision,
  StorageError,
  type Unsent,
} from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useTokens } from '../tokens/tokens-store.ts'
import { useWorker } from '../worker.ts'
import type { FlowEvent, Phase } from './decision-flow.ts'
import { refusedBy } from './refused-by.ts'

const RETRY_EVERY_MS = 2_000

export function useSending(request: DeviceRequest, phase: Readonly<Ref<Phase>>, happen: (event: FlowEvent) => void) {
  const device = useDevice()
  const server = useServer()
  const tokens = useTokens()
  const worker = useWorker()
  const gone = new AbortController()
  onBeforeUnmount(leave)

  async function send(decision: Decision): Promise<void> {
    happen({ type: 'send', verdict: decision.verdict })
    await follow(() => decide(device, request, decision))
  }

  /** One that was on its way before this sheet came up. */
  async function resume(unsent: Unsent): Promise<void> {
    await markSeen(device.store, request.id, true)
    await follow(() => deliver(device, unsent))
  }

  async function follow(sending: () => Promise<Outcome>): Promise<void> {
    let unsent = await answerOf(sending)
    // The browser may stop this page at any time: the worker, and Background Sync where there is one, see to it too.
    if (unsent) worker.tell({ type: 'tidy', ended: [] })
    while (unsent && waiting()) {
      await device.clock.after(RETRY_EVERY_MS, gone.signal).catch(() => undefined) // the sheet was left
      const again: Unsent = unsent
      if (waiting()) unsent = await answerOf(() => deliver(device, again))
    }
  }

  const waiting = () => !gone.signal.aborted && phase.value.at === 'sending'

  function leave(): void {
    gone.abort()
    if (phase.value.at === 'sending') void markSeen(device.store, request.id, false)
  }

  /** @returns what is to be sent again */
  async function answerOf(sending: () => Promise<Outcome>): Promise<Unsent | undefined> {
    try {
      const outcome = await sending()
      server.reached = outcome.sent
      if (outcome.sent) return void happen({ type: 'answered', answer: outcome.decided })
      happen({ type: 'unreachable', verdict: outcome.unsent.verdict })
      return outcome.unsent
    } catch (error) {
      if (!server.notice(error)) throw error
      if (error instanceof StorageError) happen({ type: 'not-kept', fault: error.fault })
      if (error instanceof DeviceError) await takeRefusal(error)
      return undefined
    }
  }

  async function takeRefusal(error: DeviceError): Promise<void> {
    if (error.slug === 'token-inactive') await tokens.refresh()
    const revoked = tokens.byId(request.token)?.state === 'revoked'
    if (revoked) return happen({ type: 'settled-here', ending: 'token-removed' })
    const recent = await recentDecision(device.store, request.id)
    happen(refusedBy(error, request.number !== null, recent !== undefined && !recent.elsewhere))
  }

  return { send, resume }
}
