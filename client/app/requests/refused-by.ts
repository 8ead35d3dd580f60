// What a refusal means for the request on the sheet. Members of a problem document are read with care.
import type { DenialReason, RequestState } from '../../../protocol/login-request.ts'
import { denialReason, requestState } from '../../../protocol/login-request.ts'
import type { DeviceError } from '../../device/index.ts'
import type { FlowEvent, Settled } from './decision-flow.ts'

/** @param numbered whether the request asks for a number @param here whether this device has decided it itself */
export function refusedBy(
  { slug, document }: Pick<DeviceError, 'slug' | 'document'>,
  numbered: boolean,
  here = false,
): FlowEvent {
  const { triesLeft } = document
  const settled = settledIn(document, here)
  return {
    type: 'refused',
    slug,
    numbered,
    ...(typeof triesLeft === 'number' && { triesLeft }),
    ...(settled && { settled }),
  }
}

function settledIn(document: Record<string, unknown>, here: boolean): Settled | undefined {
  const state = requestState.safeParse(document.state)
  if (!state.success) return undefined
  const reason = denialReason.safeParse(document.reason)
  const why: DenialReason | null = reason.success ? reason.data : null
  const what: RequestState = state.data
  return { state: what, reason: why, ...(here && { here }) }
}
