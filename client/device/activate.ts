// The last step of an enrolment: both sides agree on the token's keys, and the token is kept.
import type { Activated, Subscription } from '../../protocol/device-api.ts'
import type { Bytes } from '../../protocol/encoding.ts'
import { totp } from '../../protocol/hotp.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { TokenKeys } from '../../protocol/token-keys.ts'
import { hmacBy, hmacKey } from '../../protocol/web-crypto.ts'
import type { Device } from './device.ts'
import { currentEnrolment, save } from './enrol.ts'
import { isRefusal } from './errors.ts'
import { setHadTokens } from './had-tokens.ts'
import { agreeOnKeys, makeSigningKey, usableKeys, wipe } from './keys.ts'
import type { Enrolment, Identity, StoredToken } from './schema.ts'
import { sealTokenKeys } from './seal.ts'
import { putToken, storedTokens } from './tokens.ts'

export type Activation = {
  device: { name: string; platform: string }
  subscription?: Subscription
  /** the person's, where the server asked for it */
  password?: string
  /** for `unlock: webauthn`: what two ceremonies with the enrolment's credential agreed on */
  unlocked?: { credentialId: string; prfOutput: Bytes }
}

/** This app has no way to unlock such a token. */
export class UnlockNotPossible extends Error {
  constructor() {
    super('This app cannot lock a token that way.')
    this.name = 'UnlockNotPossible'
  }
}

/**
 * May be called again after any failure, also after the page was closed: within 15 minutes the server answers the same.
 * @throws {UnlockNotPossible} before anything is sent
 * @throws DeviceError unknown-code, wrong-passcode, password-required, wrong-credentials, too-many-devices …
 */
export async function activate(device: Device, enrolment: Enrolment, activation: Activation): Promise<StoredToken> {
  const { unlock } = enrolment.offer.token
  if (unlock === 'pin' || (unlock === 'webauthn' && !activation.unlocked)) throw new UnlockNotPossible()
  const latest = await asKept(device, enrolment)
  const keys = await agreeOnKeys(latest.agreement, latest.offer.serverKey, latest.code)
  try {
    const done = await sendActivation(device, latest, activation, keys)
    const token = await makeToken(device, done, activation, keys)
    await keepToken(device, done, token)
    return token
  } finally {
    wipe(keys)
  }
}

/** An earlier try may have had its answer, and failed only at keeping the token. */
async function asKept({ store }: Device, enrolment: Enrolment): Promise<Enrolment> {
  const kept = await currentEnrolment(store)
  return kept?.code === enrolment.code ? kept : enrolment
}

type Answered = Enrolment & { activated: Activated }

async function sendActivation(
  device: Device,
  enrolment: Enrolment,
  activation: Activation,
  keys: TokenKeys,
): Promise<Answered> {
  if (enrolment.activated) return { ...enrolment, activated: enrolment.activated }
  const { store, api, clock } = device
  const identity = await store.get('identity', 'current')
  const sent = await save(store, { ...enrolment, sent: true })
  const { signing } = identity ?? sent
  try {
    const activated = await api.activate({
      code: sent.code,
      deviceKey: signing.publicKey,
      agreementKey: sent.agreement.point,
      passcode: await totp(hmacBy(await hmacKey(keys.totp, 'SHA-1')), clock.now(), sent.offer.token.otp),
      device: activation.device,
      ...(activation.subscription && { subscription: activation.subscription }),
      ...(activation.password !== undefined && { password: activation.password }),
    })
    // Kept at once, so that a token waiting to be sealed does not depend on the server's 15 minutes.
    const answered = { ...sent, signing, activated }
    await save(store, answered)
    return answered
  } catch (error) {
    if (!identity || !isRefusal(error, 'unknown-device')) throw error
    return sendActivation(device, await startOver(device, sent), activation, keys)
  }
}

/** The organisation removed this device: its key is burnt and its tokens are dead, but it may be enrolled anew. */
async function startOver({ store }: Device, enrolment: Enrolment): Promise<Enrolment> {
  const renewed = { ...enrolment, signing: await makeSigningKey() }
  const dead = (await storedTokens(store)).map((token) => putToken({ ...token, state: 'revoked' }))
  await store.write(...dead, { drop: 'identity', key: 'current' }, { put: 'enrolment', key: 'current', value: renewed })
  return renewed
}

async function makeToken(
  { clock, random }: Device,
  { offer, activated }: Answered,
  { unlocked }: Activation,
  raw: TokenKeys,
): Promise<StoredToken> {
  const { label, otp, ...policy } = offer.token
  const { token: id } = activated
  return {
    id,
    label,
    username: offer.user.username,
    organisation: offer.organisation.name,
    policy: { ...policy, otp },
    state: 'active',
    createdAt: timestamp(clock.now()),
    keys: unlocked
      ? await sealTokenKeys(unlocked.prfOutput, { token: id, credentialId: unlocked.credentialId }, raw, random)
      : { kind: 'plain', ...(await usableKeys(raw)) },
  }
}

/** In one transaction: there is never a token without its device, nor an enrolment whose keys outlive it. */
async function keepToken({ store }: Device, { offer, signing, activated }: Answered, token: StoredToken) {
  const identity: Identity = { device: activated.device, signing }
  const organisation = { name: offer.organisation.name, vapidKey: offer.vapidKey }
  await store.write(
    putToken(token),
    { put: 'identity', key: 'current', value: identity },
    { put: 'organisation', key: 'current', value: organisation },
    { drop: 'enrolment', key: 'current' },
  )
  await setHadTokens(true)
}
