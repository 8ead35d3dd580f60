// How a request that is no longer pending ended, for the person before this page.
import type { WaitingRequest } from '../../protocol/login-api.ts'

export type RequestEnd = 'denied' | 'numbers' | 'reported' | 'expired' | 'cancelled' | 'late'

/** undefined while it is pending, and while its approval can still be used */
export function requestEnd({ state, reason, passcode }: WaitingRequest): RequestEnd | undefined {
  switch (state) {
    case 'pending':
      return undefined
    case 'approved':
      return passcode === undefined ? 'late' : undefined
    case 'denied':
      if (reason === 'not_me') return 'reported'
      return reason === 'declined' ? 'denied' : 'numbers'
    default:
      return state
  }
}
