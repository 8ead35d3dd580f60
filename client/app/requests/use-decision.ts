// Takes a decision on its way: unlock, send, try again until somebody answers or the time is over.
import { onBeforeUnmount, shallowRef } from 'vue'
import {
  type Decision,
  DeviceError,
  type DeviceRequest,
  decide,
  deliver,
  fetchHistory,
  isRefusal,
  markSeen,
  type Outcome,
  recentDecision,
  StorageError,
  Unreachable,
  type Unsent,
} from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useTokens } from '../tokens/tokens-store.ts'
import { UnlockFailure } from '../unlock/unlock-fault.ts'
import { keysOf } from '../unlock/unlock-token.ts'
import { useWorker } from '../worker.ts'
import { type FlowEvent, type Phase, step } from './decision-flow.ts'
import { refusedBy } from './refused-by.ts'
import { useRequests } from './requests-store.ts'

const RETRY_EVERY_MS = 2_000

export function useDecision(request: DeviceRequest, began: Phase, ended?: number) {
  const device = useDevice()
  const server = useServer()
  const requests = useRequests()
  const tokens = useTokens()
  const worker = useWorker()
  const phase = shallowRef<Phase>(began)
  /** when the request was settled, by the server's time */
  const endedAt = shallowRef(ended)
  const gone = new AbortController()
  onBeforeUnmount(leave)

  function happen(event: FlowEvent): void {
    const before = phase.value
    phase.value = step(before, event)
    if (phase.value.at === 'ended' && before.at !== 'ended') {
      endedAt.value ??= Math.min(device.clock.now(), Date.parse(request.expiresAt))
      requests.settled(request.id)
    }
  }

  /** The passcode covers the typed number; where the token asks for it, it is unlocked first. */
  async function approve(number: string | null): Promise<void> {
    if (phase.value.at !== 'asking') return
    const token = tokens.byId(request.token) ?? (await addedElsewhere())
    if (!token) return happen({ type: 'settled-here', ending: 'gone' })
    if (token.keys.kind === 'sealed') happen({ type: 'unlock' })
    try {
      const keys = await keysOf(device, token)
      // The request may have ended while its person was looking for the right finger.
      if (stillOpen()) await send({ verdict: 'approve', number, keys })
    } catch (error) {
      if (!(error instanceof UnlockFailure)) throw error
      // A part of this version that the next one has put away: the request is opened in that one.
      if (error.fault === 'failed' && worker.outdated) return location.reload()
      happen({ type: 'unlock-failed', fault: error.fault })
    }
  }

  /** A token may have come in another window since this one was opened. */
  async function addedElsewhere() {
    await tokens.load()
    return tokens.byId(request.token)
  }

  function stillOpen(): boolean {
    return phase.value.at === 'asking' || phase.value.at === 'unlocking'
  }

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

  /** The request has left the list although its time is not over: why? */
  async function learnEnd(): Promise<void> {
    if (!stillOpen()) return
    try {
      const { requests: past } = await server.observe(() => fetchHistory(device))
      const entry = past.find(({ id }) => id === request.id)
      if (!entry) return
      const { state, reason, decidedHere: here } = entry
      endedAt.value = Date.parse(entry.settledAt)
      happen({ type: 'settled', settled: { state, reason, here } })
    } catch (error) {
      if (!(error instanceof Unreachable || isRefusal(error))) throw error
    }
  }

  return { phase, happen, approve, send, resume, learnEnd, endedAt }
}
