// What a request asks and of whom: what the policies make of it, of where it comes from and of what is unusual about it.
import type { NewLoginRequest } from '../../protocol/application-api.ts'
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import type { NumberDigits } from '../../protocol/login-request.ts'
import type { Clock } from '../clock.ts'
import { admit, refuse } from '../policy/admit.ts'
import { asking as askingUnder } from '../policy/asking.ts'
import type { Effective } from '../policy/effective.ts'
import { underRisk } from '../policy/risk.ts'
import { signalsAbout } from '../policy/unusual.ts'
import type { Store } from '../store/store.ts'
import type { ThrottleRow } from '../throttling/throttle.ts'
import type { DeviceContext, Locate } from '../whereabouts/context.ts'
import type { Holder } from './holders.ts'

type Needs = { store: Store; clock: Clock; locate: Locate }

/** `page`: of the login, whoever sent people there. */
export type Door = 'rest' | 'page' | 'radius' | 'ciba' | 'help-desk'

export type Asked = {
  application: { id: ApplicationId; name: string; restricted?: number }
  call: NewLoginRequest
  /** by which way the question came in, as traces tell it */
  door: Door
  /** a number is asked for whatever token and policy say */
  numbered?: true
  /** whoever asks has no way to show a number: what then holds is the policy's to say */
  cannotShowNumber?: boolean
}

type Known = {
  user: UserId
  active: readonly Holder[]
  held: Effective
  throttle: ThrottleRow
  context: DeviceContext
  now: number
}

export type Question = {
  holders: readonly Holder[]
  digits: NumberDigits | null
  /** one was due, and could not be shown */
  isNumberWaived: boolean
}

/** @throws {Problem} refused-by-policy */
export async function questionFor(needs: Needs, asked: Asked, known: Known): Promise<Question> {
  const { user, active, held, throttle, context, now } = known
  const purpose = asked.call.purpose ?? 'sign-in'
  const from = { user, application: asked.application.id, address: context.ip }
  // Nobody signs in by talking to the help desk.
  const isSignIn = purpose === 'sign-in'
  if (isSignIn) await admit(needs, held, from)
  const signals = isSignIn ? signalsAbout(throttle, { context, given: asked.call.context ?? {} }, now) : []
  const raised = underRisk(held, signals)
  if (raised === 'refused') return refuse(needs, from, 'risk')
  const question = askingUnder(raised, { purpose, holders: active })
  const isNumberWaived = asked.cannotShowNumber === true && question.digits !== null
  // A number that was asked for because something is unusual is never waived.
  const mayWaive = held.withoutNumber?.value === 'approval' && signals.length === 0
  if (isNumberWaived && !mayWaive) return refuse(needs, from, 'number')
  if (question.holders.length === 0) return refuse(needs, from, 'unlock')
  if (asked.numbered) return { ...withNumber(question), isNumberWaived }
  return { ...question, ...(isNumberWaived && { digits: null }), isNumberWaived }
}

/** Nobody types a number on a notification. */
function withNumber({ holders, digits }: Pick<Question, 'holders' | 'digits'>) {
  return { holders: holders.map((holder) => ({ ...holder, approval: 'standard' as const })), digits: digits ?? 2 }
}
