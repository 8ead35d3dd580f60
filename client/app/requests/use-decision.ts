// A person's decision on the sheet: the token is unlocked, and then it is sent; what ended elsewhere is learned.
import { shallowRef } from 'vue'
import { type DeviceRequest, fetchHistory, isRefusal, Unreachable } from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useTokens } from '../tokens/tokens-store.ts'
import { UnlockFailure } from '../unlock/unlock-fault.ts'
import { keysOf } from '../unlock/unlock-token.ts'
import { useWorker } from '../worker.ts'
import { type FlowEvent, type Phase, step } from './decision-flow.ts'
import { useRequests } from './requests-store.ts'
import { useSending } from './use-sending.ts'

export function useDecision(request: DeviceRequest, began: Phase, ended?: number) {
  const device = useDevice()
  const server = useServer()
  const requests = useRequests()
  const tokens = useTokens()
  const worker = useWorker()
  const phase = shallowRef<Phase>(began)
  /** when the request was settled, by the server's time */
  const endedAt = shallowRef(ended)
  const { send, resume } = useSending(request, phase, happen)

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
