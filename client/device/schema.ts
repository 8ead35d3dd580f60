// All that this installation keeps, declared once.
import type { DBSchema, StoreNames } from 'idb'
import type { Verdict } from '../../protocol/decision.ts'
import type {
  Activated,
  Decided,
  DeviceKey,
  DeviceRequest,
  DeviceToken,
  EnrolmentOffer,
  HistoryEntry,
} from '../../protocol/device-api.ts'
import type { Bytes } from '../../protocol/encoding.ts'
import type { DeviceId, RequestId, TokenId } from '../../protocol/ids.ts'
import type { TokenPolicy } from '../../protocol/login-request.ts'
import type { CryptoKey } from '../../protocol/web-crypto.ts'

/** The private half can be used by scripts of this origin and read by none. */
export type SigningKey = { privateKey: CryptoKey; publicKey: DeviceKey }
/** The public half is an uncompressed point, 65 bytes, base64url. */
export type AgreementKey = { privateKey: CryptoKey; point: string }

export type Identity = { device: DeviceId; signing: SigningKey }
export type Organisation = {
  name: string
  vapidKey: string
  /** how long a report pauses push, where the server has said so */
  pauseSeconds?: number
}

/** HMAC keys that no script can read. */
export type UsableKeys = { totp: CryptoKey; ocra: CryptoKey }
export type SealedKey = { iv: Bytes; data: Bytes }
export type PlainKeys = UsableKeys & { kind: 'plain' }
export type SealedKeys = { kind: 'sealed'; credentialId: string; totp: SealedKey; ocra: SealedKey }

export type StoredToken = {
  id: TokenId
  label: string
  username: string
  organisation: string
  policy: TokenPolicy
  state: DeviceToken['state']
  createdAt: string
  keys: PlainKeys | SealedKeys
}
export type SealedToken = StoredToken & { keys: SealedKeys }

export type EnrolmentStep = 'you' | 'install' | 'notifications' | 'unlock' | 'test'

/** An enrolment under way: whatever is needed to go on after the page was closed, at any moment. */
export type Enrolment = {
  code: string
  offer: EnrolmentOffer
  step: EnrolmentStep
  signing: SigningKey
  agreement: AgreementKey
  /** the passkey made for this token, so that a second try does not make a second one */
  credentialId?: string
  /** the call went out; its answer may have been lost */
  sent: boolean
  activated?: Activated
}

/** Left by a notification's Approve for the page it opens. */
export type Intent = { at: number }

/** Signed and not yet delivered. */
export type Unsent = {
  /** stays the same when the decision is signed anew */
  id: string
  request: DeviceRequest
  verdict: Verdict
  jws: string
  /** the request has ended, and its person was told that nothing could be sent */
  over?: boolean
  /** its person has left the sheet: what becomes of it is told by a notification */
  left?: boolean
}

/** A decision that was taken lately, here or elsewhere. */
export type RecentDecision = {
  request: DeviceRequest
  verdict: Verdict
  at: number
  /** what the server made of it; absent where it was taken elsewhere */
  decided?: Decided
  elsewhere?: boolean
}

export type Appearance = 'system' | 'light' | 'dark'
export type Preferences = { hideCodes: boolean; appearance: Appearance; deviceName?: string }

export interface DeviceSchema extends DBSchema {
  identity: { key: 'current'; value: Identity }
  organisation: { key: 'current'; value: Organisation }
  clock: { key: 'current'; value: { offsetMs: number } }
  tokens: { key: TokenId; value: StoredToken }
  enrolment: { key: 'current'; value: Enrolment }
  requests: { key: RequestId; value: DeviceRequest }
  history: { key: RequestId; value: HistoryEntry }
  recent: { key: RequestId; value: RecentDecision }
  intents: { key: RequestId; value: Intent }
  unsent: { key: RequestId; value: Unsent }
  preferences: { key: 'current'; value: Preferences }
}

export type StoreName = StoreNames<DeviceSchema>

export const STORES = [
  'identity',
  'organisation',
  'clock',
  'tokens',
  'enrolment',
  'requests',
  'history',
  'recent',
  'intents',
  'unsent',
  'preferences',
] as const satisfies readonly StoreName[]
