// The transaction that makes a token of an enrolment: all of it, or nothing.
import type { Activated, DeviceKey } from '../../protocol/device-api.ts'
import { type DeviceId, newId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { TokenKeys } from '../../protocol/token-keys.ts'
import { raise } from '../audit/record.ts'
import { type DeviceRow, insertDevice, keepDevice, renameDevice } from '../devices/device-rows.ts'
import { finishMove, movesOf, noteMoved } from '../devices/moves.ts'
import { nameApart } from '../devices/name-apart.ts'
import { policyColumns, policyOf } from '../devices/token-policy.ts'
import { countDevicesOf, holdersOf, insertToken, type TokenRow, tokensOnDevice } from '../devices/token-rows.ts'
import { sealTokenKeys } from '../devices/token-secrets.ts'
import { noteUnconfirmed } from '../devices/unconfirmed.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { TotpMatch } from '../passcodes/totp.ts'
import type { Policies } from '../policy/book.ts'
import type { AdmittedSubscription } from '../push/subscriptions.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { holdThrottle } from '../throttling/throttle.ts'
import type { OpenEnrolment } from './find.ts'
import { takeEnrolment } from './rows.ts'

export type TakeNeeds = TellNeeds & {
  store: Store
  limits: Pick<Limits, 'devicesPerUser'>
  policies: Policies
  putSubscription: (tx: Db, device: DeviceId, subscription: AdmittedSubscription) => Promise<void>
}

export type Taking = {
  enrolment: OpenEnrolment
  /** keyName: the key's thumbprint */
  device: { name: string; platform: string; key: DeviceKey; keyName: string }
  /** the known device whose key this is */
  proven: DeviceRow | undefined
  subscription: AdmittedSubscription | undefined
  keys: TokenKeys
  /** the passcode's time step, spent by this */
  match: TotpMatch
  /** what a repeated call is recognised by */
  fingerprint: string
  now: number
}

/**
 * @returns undefined where the enrolment is not as it was seen
 * @throws {Problem} device-key-in-use, unknown-device, too-many-devices
 */
export async function take(needs: TakeNeeds, taking: Taking): Promise<Activated | undefined> {
  const { enrolment, proven, now } = taking
  const asked = proven ?? newDevice(needs, taking)
  const { devices, activationConfirmed } = await needs.policies.of({ user: taking.enrolment.user_id })
  const isOpen = activationConfirmed?.value !== true
  const token = newToken(needs, taking, { device: asked.id, state: isOpen ? 'active' : 'suspended' })
  const answer: Activated = { device: asked.id, token: token.id, serverTime: timestamp(now) }
  const most = devices?.value ?? needs.limits.devicesPerUser.count
  return needs.store.write(async (tx, announce) => {
    const activation = { at: now, with: taking.fingerprint, answer: JSON.stringify(answer) }
    if (!(await takeEnrolment(tx, enrolment, activation))) return undefined
    // Held, so that two enrolments of one user can't both become the last device allowed.
    await holdThrottle(tx, token.user_id)
    // One that waits to be confirmed can't stand in for the old device yet, which keeps its name meanwhile.
    const leaving = isOpen ? (await movesOf(tx, [enrolment.id])).get(enrolment.id)?.id : undefined
    const named = { id: asked.id, name: taking.device.name }
    const name = () => nameApart(tx, token.user_id, named, leaving)
    const device = proven ? await keep(tx, token, name) : await add(tx, { ...asked, name: await name() })
    await insertToken(tx, token)
    await noteMoved(tx, enrolment.id, token.id)
    if (isOpen) await finishMove(tx, { ...needs, announce }, token.id)
    else await noteUnconfirmed(tx, token)
    await withinDeviceLimit(tx, token, most)
    if (taking.subscription) await needs.putSubscription(tx, device.id, taking.subscription)
    await raise(tx, {
      at: now,
      kind: 'token-activated',
      user: token.user_id,
      device: device.id,
      detail: {
        token: token.id,
        enrolment: enrolment.id,
        name: device.name,
        platform: device.platform,
        ...(!isOpen && { waits: true }),
      },
    })
    const news = { user: token.user_id, device: { id: device.id, name: device.name }, token: token.id }
    const kind = (await holdsAnother(tx, token)) ? 'token-added' : 'device-added'
    await tell(tx, { ...needs, announce }, { ...news, kind, except: device.id })
    announce(`user:${token.user_id}`)
    announce(`device:${device.id}`)
    return answer
  })
}

function newDevice({ random }: TakeNeeds, { device: { name, platform, key, keyName }, now }: Taking): DeviceRow {
  const { kty, crv, x, y } = key
  return {
    id: newId('dev', random),
    name,
    platform,
    key: JSON.stringify({ kty, crv, x, y }),
    key_thumbprint: keyName,
    state: 'active',
    created_at: now,
  }
}

function newToken(
  { random, sealer }: TakeNeeds,
  { enrolment, keys, match, now }: Taking,
  { device, state }: { device: DeviceId; state: TokenRow['state'] },
): TokenRow {
  const id = newId('tok', random)
  const { label, ...policy } = policyOf(enrolment)
  return {
    id,
    user_id: enrolment.user_id,
    device_id: device,
    ...policyColumns(label, policy),
    state,
    ...sealTokenKeys(sealer, id, keys),
    drift: match.drift,
    last_step: match.step,
    created_at: now,
    last_used_at: null,
  }
}

async function withinDeviceLimit(tx: Db, token: TokenRow, most: number): Promise<void> {
  const others = await countDevicesOf(tx, token.user_id, token.device_id)
  if (others >= most) throw new Problem('too-many-devices')
}

/** Then it was this person's device before. */
async function holdsAnother(tx: Db, token: TokenRow): Promise<boolean> {
  const held = await tokensOnDevice(tx, token.device_id)
  return held.some((row) => row.user_id === token.user_id && row.id !== token.id && row.state !== 'revoked')
}

async function add(tx: Db, device: DeviceRow): Promise<DeviceRow> {
  if (!(await insertDevice(tx, device))) throw new Problem('device-key-in-use')
  return device
}

/**
 * Its person may have named it anew since. Attack stopped: somebody whose token is on a device of another person, too,
 * gives it the name of another device of theirs.
 */
async function keep(tx: Db, { device_id: id, user_id }: TokenRow, named: () => Promise<string>): Promise<DeviceRow> {
  const device = await keepDevice(tx, id)
  if (!device) throw new Problem('unknown-device')
  const holders = await holdersOf(tx, id)
  if (holders.some((holder) => holder !== user_id)) return device
  const name = await named()
  await renameDevice(tx, { id, name })
  return { ...device, name }
}
