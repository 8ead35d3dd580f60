// A new request as it is stored, with what only its application is told: the secret, and the number to show.
import type { NewLoginRequest } from '../../protocol/application-api.ts'
import { base64url } from '../../protocol/encoding.ts'
import { type ApplicationId, newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import { digest } from '../store/digest.ts'
import type { Target } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { DeviceContext } from '../whereabouts/context.ts'
import { newNumber, type RandomInt } from './number.ts'
import type { Question } from './question.ts'
import { numberCell } from './sealed.ts'
import type { RequestRow } from './state.ts'

type Needs = { random: RandomBytes; randomInt: RandomInt; sealer: Sealer }

type Facts = Pick<Question, 'holders' | 'digits'> & {
  application: { id: ApplicationId; name: string }
  call: NewLoginRequest
  user: { id: UserId; username: string }
  context: DeviceContext
  lifetimeMs: number
  /** numbers that the user's other pending requests show */
  taken: ReadonlySet<string>
  now: number
}

export function compose(needs: Needs, facts: Facts): { row: RequestRow; number: string | null; secret: string } {
  const { random, sealer, randomInt } = needs
  const { application, call, user, holders, digits, now } = facts
  const id = newId('req', random)
  const number = digits === null ? null : newNumber(digits, facts.taken, randomInt)
  const secret = base64url(random(16))
  const row: RequestRow = {
    id,
    version: 1,
    state: 'pending',
    reason: null,
    delivery: holders.some(({ subscribed }) => subscribed !== null) ? 'queued' : 'none',
    user_id: user.id,
    username: user.username,
    application_id: application.id,
    application_name: application.name,
    purpose: call.purpose ?? 'sign-in',
    nonce: base64url(random(16)),
    context: JSON.stringify(facts.context),
    targets: JSON.stringify(targetsOf(holders)),
    number_digits: digits,
    number: number === null ? null : sealer.seal(number, numberCell(id)),
    secret_hash: digest(secret),
    passcode: null,
    wrong_passcodes: 0,
    wrong_redeems: 0,
    decided_by_token: null,
    decided_by_device: null,
    number_matched: 0,
    created_at: now,
    expires_at: now + facts.lifetimeMs,
    settled_at: null,
    redeem_until: null,
    redeemed_at: null,
  }
  return { row, number, secret }
}

function targetsOf(holders: Question['holders']): Target[] {
  return holders.map(({ token, device, unlock, approval }) => ({ token, device, unlock, approval }))
}
