// Activation (protocol §4): a code, a device's keys and a passcode that shows that both sides hold the same secrets
// become a token. The checks stand in order; whatever is refused uses nothing up, but for a wrong passcode.
import type { ActivateCall, Activated, Subscription } from '../../protocol/device-api.ts'
import type { Bytes } from '../../protocol/encoding.ts'
import { Problem } from '../../protocol/problems.ts'
import { isValidDeviceKey, thumbprint } from '../devices/device-key.ts'
import { type DeviceRow, deviceByThumbprint } from '../devices/device-rows.ts'
import { policyOf } from '../devices/token-policy.ts'
import { userById } from '../directory/rows.ts'
import { type PasswordNeeds, verifyPassword } from '../directory/verify-password.ts'
import { firstTotp } from '../passcodes/totp.ts'
import type { AdmittedSubscription } from '../push/subscriptions.ts'
import { digest } from '../store/digest.ts'
import { untilWon } from '../store/until-won.ts'
import { agreedKeys, curvePoint } from './agreement.ts'
import {
  type FindNeeds,
  findByCode,
  isOpen,
  limited,
  MOST_WRONG_PASSCODES,
  mayEnrol,
  type OpenEnrolment,
} from './find.ts'
import { countWrongPasscode, type EnrolmentRow, enrolmentByLookup, privateKeyCell } from './rows.ts'
import { type TakeNeeds, take } from './take.ts'

export type ActivateNeeds = FindNeeds &
  TakeNeeds &
  PasswordNeeds & {
    /** Looks nothing up. @throws {Problem} endpoint-not-allowed */
    refuseEndpoint: (written: string) => void
    /** What a device sent, checked; it may resolve a name. @throws {Problem} invalid, endpoint-not-allowed */
    admitSubscription: (sent: Subscription) => Promise<AdmittedSubscription>
  }

export type Caller = {
  address: string
  /** whose proof came along with the call */
  provenDevice?: DeviceRow
}

/** A call that was sent again because its answer was lost gets that answer for this long, in milliseconds. */
const REPEATABLE_MS = 15 * 60 * 1000
const OFF_CURVE = 'must be a point of P-256'

/**
 * @throws {Problem} invalid-proof, too-many-requests, unknown-code, invalid, device-key-in-use, wrong-passcode,
 * password-required, wrong-credentials,
 * endpoint-not-allowed, too-many-devices
 */
export async function activate(needs: ActivateNeeds, call: ActivateCall, caller: Caller): Promise<Activated> {
  const keyName = await thumbprint(call.deviceKey)
  proofFitsKey(keyName, caller)
  const point = await validPoint(call)
  // Before a try is spent: what is wrong of it now is wrong with the next passcode too.
  if (call.subscription) needs.refuseEndpoint(call.subscription.endpoint)
  const activation = { call, keyName, point, proven: caller.provenDevice }
  return limited(needs, caller.address, () => untilAnswered(needs, activation))
}

/**
 * @property keyName the device key's thumbprint
 * @property point the agreement key
 */
type Activation = { call: ActivateCall; keyName: string; point: Bytes; proven: DeviceRow | undefined }

/** @returns undefined where the code leads to nothing */
async function untilAnswered(needs: ActivateNeeds, activation: Activation): Promise<Activated | undefined> {
  const { answer } = await untilWon(() => attempt(needs, activation))
  return answer
}

/** @returns undefined where the enrolment changed since it was read */
async function attempt(
  needs: ActivateNeeds,
  { call, keyName, point, proven }: Activation,
): Promise<{ answer: Activated | undefined } | undefined> {
  const { store, clock } = needs
  const now = clock.now()
  const found = await findByCode(store.read, call.code)
  if (!found) return { answer: undefined }
  const { row, code } = found
  const repeated = firstAnswer(row, fingerprint(call, keyName), now)
  if (repeated) return { answer: repeated }
  if (!isOpen(row, now) || !(await mayEnrol(store.read, row))) return { answer: undefined }
  if (!(await keyIsFree(needs, row, keyName, proven))) return undefined
  const keys = await agreedKeys(needs.sealer.open(row.server_private_key, privateKeyCell(row.id)), point, code)
  const match = firstTotp({ key: keys.totp, otp: policyOf(row).otp }, call.passcode, now)
  if (!match) return wrong(needs, row, 'wrong-passcode')
  if (!(await isTheirs(needs, row, call.password))) return wrong(needs, row, 'wrong-credentials')
  // After the passcode, so that nobody without the code can make this server resolve names.
  const subscription = call.subscription && (await needs.admitSubscription(call.subscription))
  const answer = await take(needs, {
    enrolment: row,
    device: { name: call.device.name, platform: call.device.platform, key: call.deviceKey, keyName },
    proven,
    subscription,
    keys,
    match,
    fingerprint: fingerprint(call, keyName),
    now,
  })
  return answer && { answer }
}

/** A proof by one key must not carry another in. */
function proofFitsKey(keyName: string, { provenDevice }: Caller): void {
  if (provenDevice && provenDevice.key_thumbprint !== keyName) throw new Problem('invalid-proof')
}

const fingerprint = (call: ActivateCall, keyName: string) => digest(JSON.stringify([keyName, call.agreementKey]))

function firstAnswer(row: EnrolmentRow, fingerprint: string, now: number): Activated | undefined {
  if (row.activated_at === null || row.answer === null || row.activated_with !== fingerprint) return undefined
  return now - row.activated_at <= REPEATABLE_MS ? (JSON.parse(row.answer) as Activated) : undefined
}

/** What no schema sees: whether the keys lie on the curve. @returns the agreement key @throws {Problem} invalid */
async function validPoint({ deviceKey, agreementKey, subscription }: ActivateCall): Promise<Bytes> {
  const point = await curvePoint(agreementKey)
  const errors: Record<string, string> = {}
  if (!isValidDeviceKey(deviceKey)) errors['/deviceKey'] = 'must be a public key on P-256'
  if (!point) errors['/agreementKey'] = OFF_CURVE
  if (subscription && !(await curvePoint(subscription.keys.p256dh))) errors['/subscription/keys/p256dh'] = OFF_CURVE
  if (!point || Object.keys(errors).length > 0) throw new Problem('invalid', { members: { errors } })
  return point
}

/**
 * Whoever knows a device's public key must not be able to enrol in its name.
 * @returns false where the enrolment changed meanwhile: the same call, sent twice, may have made that device just now
 */
async function keyIsFree(
  { store }: ActivateNeeds,
  row: EnrolmentRow,
  keyName: string,
  proven: DeviceRow | undefined,
): Promise<boolean> {
  if (proven || !(await deviceByThumbprint(store.read, keyName))) return true
  const latest = await enrolmentByLookup(store.read, row.code_lookup)
  if (latest?.activated_at !== row.activated_at) return false
  throw new Problem('device-key-in-use')
}

/**
 * Attack stopped: whoever came by an activation link enrols in the person's place. Asked after the passcode, so that
 * only who has the code can try passwords, and only as often as passcodes.
 * @throws {Problem} password-required, too-many-requests, directory-unreachable
 */
async function isTheirs(
  needs: ActivateNeeds,
  { user_id: user }: OpenEnrolment,
  password: string | undefined,
): Promise<boolean> {
  const { activationPassword } = await needs.policies.of({ user })
  if (activationPassword?.value !== true) return true
  if (password === undefined) throw new Problem('password-required')
  const row = await userById(needs.store.read, user)
  // Somebody without a password, here and in the directory, has nothing to show: their links lead nowhere until they do.
  const known = row && (await verifyPassword(needs, row.username, password))
  return known?.id === user
}

/** Compared and counted in one: guesses sent all at once are counted one by one. */
async function wrong(
  { store }: ActivateNeeds,
  row: OpenEnrolment,
  slug: 'wrong-passcode' | 'wrong-credentials',
): Promise<undefined> {
  const triesLeft = MOST_WRONG_PASSCODES - row.wrong_passcodes - 1
  const counted = await store.write((tx) => countWrongPasscode(tx, row, triesLeft === 0))
  if (counted) throw new Problem(slug, { members: { triesLeft } })
  return undefined
}
