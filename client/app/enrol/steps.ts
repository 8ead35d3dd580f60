// The road of an enrolment: only the steps that this browser and this token have.
import type { Unlock } from '../../../protocol/login-request.ts'
import type { EnrolmentStep } from '../../device/index.ts'

export function stepsOf(unlock: Unlock, canInstall: boolean): EnrolmentStep[] {
  return [
    'you',
    ...(canInstall ? (['install'] as const) : []),
    'notifications',
    ...(unlock === 'webauthn' ? (['unlock'] as const) : []),
  ]
}

/** undefined after the last; a step that is no longer on the road (installed meanwhile) goes on where it stood. */
export function nextStep(steps: readonly EnrolmentStep[], current: EnrolmentStep): EnrolmentStep | undefined {
  const at = steps.indexOf(current)
  if (at >= 0) return steps[at + 1]
  return current === 'install' ? 'notifications' : undefined
}
