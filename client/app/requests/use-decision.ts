// Takes a decision on its way: unlock, send, try again until somebody answers or the time is over.
import { onBeforeUnmount, shallowRef } from 'vue'
import {
  type Decision,
  DeviceError,
  type DeviceRequest,
  decide,
  fetchHistory,
  isRefusal,
  type Outcome,
  retryUnsent,
  Unreachable,
} from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useTokens } from '../tokens/tokens-store.ts'
import { UnlockFailure } from '../unlock/unlock-fault.ts'
import { keysOf } from '../unlock/unlock-token.ts'
import { type FlowEvent, type Phase, type Settled, step } from './decision-flow.ts'
import { refusedBy } from './refused-by.ts'
import { useRequests } from './requests-store.ts'

const RETRY_EVERY_MS = 2_000

export function useDecision(request: DeviceRequest, began: Phase) {
  const device = useDevice()
  const server = useServer()
  const requests = useRequests()
  const tokens = useTokens()
  const phase = shallowRef<Phase>(began)
  const gone = new AbortController()
  onBeforeUnmount(() => gone.abort())

  function happen(event: FlowEvent): void {
    const before = phase.value
    phase.value = step(before, event)
    if (phase.value.at === 'ended' && before.at !== 'ended') requests.settled(request.id)
  }

  /** The passcode covers the typed number; where the token asks for it, it is unlocked first. */
  async function approve(number: string | null): Promise<void> {
    if (phase.value.at !== 'asking') return
    const token = tokens.byId(request.token)
    if (!token) return happen({ type: 'settled-here', ending: 'gone' })
    if (token.keys.kind === 'sealed') happen({ type: 'unlock' })
    try {
      const keys = await keysOf(device, token)
      // The request may have ended while its person was looking for the right finger.
      if (stillOpen()) await send({ verdict: 'approve', number, keys })
    } catch (error) {
      if (!(error instanceof UnlockFailure)) throw error
      happen({ type: 'unlock-failed', fault: error.fault })
    }
  }

  function stillOpen(): boolean {
    return phase.value.at === 'asking' || phase.value.at === 'unlocking'
  }

  async function send(decision: Decision): Promise<void> {
    happen({ type: 'send', verdict: decision.verdict })
    await answerOf(() => decide(device, request, decision))
    while (waiting()) {
      await device.clock.after(RETRY_EVERY_MS, gone.signal).catch(() => undefined) // the sheet was left: the worker goes on
      if (waiting()) await again()
    }
  }

  const waiting = () => !gone.signal.aborted && phase.value.at === 'sending' && phase.value.retrying

  async function answerOf(sending: () => Promise<Outcome>): Promise<void> {
    try {
      const outcome = await sending()
      server.reached = outcome.sent
      happen(outcome.sent ? { type: 'answered', answer: outcome.decided } : { type: 'unreachable' })
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      takeRefusal(error)
    }
  }

  function takeRefusal(error: DeviceError): void {
    server.reached = true
    if (error.slug === 'unknown-device') server.removed = true
    happen(refusedBy(error, request.number !== null))
  }

  async function again(): Promise<void> {
    const mine = (await retryUnsent(device)).find(({ unsent }) => unsent.request.id === request.id)
    if (mine?.outcome === 'decided') happen({ type: 'answered', answer: mine.decided })
    else if (mine?.outcome === 'refused') takeRefusal(mine.error)
    // The worker got through before us: what came of it stands in the history.
    else if (!mine) await learn((answer) => ({ type: 'answered', answer }))
    if (mine && mine.outcome !== 'waiting') server.reached = true
  }

  /** The request has left the list although its time is not over: why? */
  async function learnEnd(): Promise<void> {
    if (stillOpen()) await learn((settled) => ({ type: 'settled', settled }))
  }

  async function learn(as: (settled: Settled) => FlowEvent): Promise<void> {
    try {
      const { requests: past } = await server.observe(() => fetchHistory(device))
      const entry = past.find(({ id }) => id === request.id)
      if (entry) happen(as({ state: entry.state, reason: entry.reason }))
    } catch (error) {
      if (!(error instanceof Unreachable || isRefusal(error))) throw error
    }
  }

  return { phase, happen, approve, send, learnEnd }
}
