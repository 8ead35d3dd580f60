// People with devices, for server tests that begin after enrolment; and a device's side of an enrolment.
import { randomBytes } from 'node:crypto'
import type { ActivateCall, DeviceKey } from '../../protocol/device-api.ts'
import { base64url, fromBase64url } from '../../protocol/encoding.ts'
import { type DeviceId, newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import type { OtpSettings } from '../../protocol/login-request.ts'
import { makeProof, type ProofClaims } from '../../protocol/proof.ts'
import { agree, deriveTokenKeys, type TokenKeys } from '../../protocol/token-keys.ts'
import type { Clock } from '../../server/clock.ts'
import { thumbprint } from '../../server/devices/device-key.ts'
import { type DeviceRow, insertDevice } from '../../server/devices/device-rows.ts'
import { insertToken, type TokenRow } from '../../server/devices/token-rows.ts'
import { sealTokenKeys } from '../../server/devices/token-secrets.ts'
import { takeDevice } from '../../server/devices/tokens.ts'
import { insertUser, type UserRow } from '../../server/directory/rows.ts'
import { totpAt } from '../../server/passcodes/totp.ts'
import { type Sealer, sealer } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'

export const random: RandomBytes = (length) => new Uint8Array(randomBytes(length))

export const newSealer = (): Sealer => sealer(random(32), random)

/** For telling people what happened, where no mail is sent. */
export const QUIET = { sealer: newSealer(), mail: { isOn: false }, publicOrigin: 'https://login.example.org' }

/** A device is taken away by an operator, where nothing asks. */
export function withoutDevice(store: Store, clock: Clock, device: DeviceId): Promise<void> {
  return store.write((tx, announce) => takeDevice(tx, { clock, random, ...QUIET, announce }, { device, by: OPERATOR }))
}

/** An operator, where it doesn't matter who. */
export const OPERATOR = {
  actor: { kind: 'operator', id: 'opr_00000000000000000000000000', name: 'Bea', role: 'owner', act: 'tokens.revoke' },
} as const

/** A user of a name nobody else has, without a password. */
export async function someUser(store: Store): Promise<UserRow> {
  const id = newId('usr', random)
  const user = { id, username: id, username_key: id, display_name: 'Alice', created_at: 0 }
  const row: UserRow = {
    ...user,
    ...{ email: null, password_hash: null, state: 'active', version: 1, external_id: null },
    ...{ given_name: null, family_name: null, changed_at: 0 },
  }
  await store.write((tx) => insertUser(tx, row))
  return row
}

export type SigningKey = { privateKey: CryptoKey; publicKey: DeviceKey }

export async function newSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { privateKey: pair.privateKey, publicKey: { kty: 'EC', crv: 'P-256', x, y } }
}

export type SomeDevice = { row: DeviceRow; key: SigningKey; prove(claims: ProofClaims): Promise<string> }

export async function someDevice(store: Store): Promise<SomeDevice> {
  const key = await newSigningKey()
  const row: DeviceRow = {
    id: newId('dev', random),
    name: 'Phone',
    platform: 'Android',
    key: JSON.stringify(key.publicKey),
    key_thumbprint: await thumbprint(key.publicKey),
    state: 'active',
    created_at: 0,
  }
  await store.write((tx) => insertDevice(tx, row))
  return { row, key, prove: (claims) => makeProof(key.privateKey, row.id, claims) }
}

/** A token whose keys the test knows. */
export async function someToken(
  store: Store,
  using: { sealer: Sealer; user: UserId; device: DeviceRow['id']; otp?: OtpSettings },
): Promise<{ row: TokenRow; keys: TokenKeys }> {
  const id = newId('tok', random)
  const keys = { totp: random(20), ocra: random(32) }
  const otp = using.otp ?? { digits: 6, period: 30 }
  const row: TokenRow = {
    id,
    user_id: using.user,
    device_id: using.device,
    label: 'Harbour',
    unlock: 'none',
    approval: 'standard',
    number_matching: 1,
    number_digits: 2,
    otp_digits: otp.digits,
    otp_period: otp.period,
    state: 'active',
    ...sealTokenKeys(using.sealer, id, keys),
    drift: 0,
    last_step: 0,
    created_at: 0,
    last_used_at: null,
  }
  await store.write((tx) => insertToken(tx, row))
  return { row, keys }
}

/** What a device sends to activate. @param at the device's clock, milliseconds */
export async function activation(
  offer: { code: string; serverKey: string; otp: OtpSettings },
  { key, at }: { key: SigningKey; at: number },
): Promise<{ call: ActivateCall; keys: TokenKeys }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const agreementKey = base64url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)))
  const keys = await deriveTokenKeys(await agree(pair.privateKey, fromBase64url(offer.serverKey)), offer.code)
  const passcode = totpAt(keys.totp, Math.floor(at / 1000 / offer.otp.period), offer.otp.digits)
  const device = { name: 'Phone', platform: 'Android' }
  return { call: { code: offer.code, deviceKey: key.publicKey, agreementKey, passcode, device }, keys }
}
