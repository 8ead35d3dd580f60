// /device/v1: what the installed app and its worker say to the server.
import * as z from 'zod/mini'
import { applicationId, deviceId, enrolmentId, requestId, tokenId } from './ids.ts'
import {
  approval,
  denialReason,
  numberDigits,
  otpSettings,
  purpose,
  requestState,
  timestampSchema,
  unlock,
} from './login-request.ts'
import { label, plainText, typedPassword } from './text.ts'

const base64urlText = (max: number) => z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(max))
/** An uncompressed P-256 point: 65 bytes. */
export const point = z.string().check(z.regex(/^B[A-Za-z0-9_-]{86}$/))

export const subscription = z.object({
  endpoint: z.string(),
  expirationTime: z.optional(z.nullable(z.number())),
  keys: z.object({ p256dh: point, auth: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)) }),
})
export type Subscription = z.infer<typeof subscription>

export const putSubscription = z.extend(subscription, { vapidKey: z.optional(point) })

export const deviceKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64urlText(43),
  y: base64urlText(43),
  /** the private half, which nobody may ever send us */
  d: z.optional(z.never('must not be sent')),
})
export type DeviceKey = Omit<z.infer<typeof deviceKey>, 'd'>

export const openCall = z.object({ code: z.string() })

export const enrolmentOffer = z.object({
  enrolment: enrolmentId,
  organisation: z.object({ name: z.string() }),
  user: z.object({ username: z.string(), displayName: z.string() }),
  token: z.object({ label: z.string(), unlock, approval, numberMatching: z.boolean(), numberDigits, otp: otpSettings }),
  serverKey: point,
  vapidKey: point,
  serverTime: timestampSchema,
})
export type EnrolmentOffer = z.infer<typeof enrolmentOffer>

export const activateCall = z.object({
  code: z.string(),
  deviceKey,
  agreementKey: point,
  passcode: z.string().check(z.regex(/^\d{6,8}$/)),
  device: z.object({ name: label, platform: plainText(0, 512) }),
  subscription: z.optional(subscription),
  /** the person's, where the organisation asks for it */
  password: z.optional(typedPassword),
})
export type ActivateCall = z.infer<typeof activateCall>

export const activated = z.object({ device: deviceId, token: tokenId, serverTime: timestampSchema })
export type Activated = z.infer<typeof activated>

export const deviceConfig = z.object({
  protocol: z.array(z.number()),
  vapidKey: point,
  serverTime: timestampSchema,
  organisation: z.object({ name: z.string() }),
  /** whether the server has a push subscription of this device; without one the browser's own is worth nothing */
  subscribed: z.optional(z.boolean()),
  /** how long a report pauses push, in seconds, and until when push is paused now */
  pause: z.optional(z.object({ seconds: z.number(), until: z.nullable(timestampSchema) })),
})
export type DeviceConfig = z.infer<typeof deviceConfig>

/** A login request as a device sees it; `context` is kept as it came, for it is part of the binding. */
export const deviceRequest = z.object({
  id: requestId,
  purpose,
  nonce: z.string(),
  token: tokenId,
  username: z.string(),
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
  application: z.object({ id: applicationId, name: z.string() }),
  context: z.record(z.string(), z.unknown()),
  number: z.nullable(z.object({ digits: numberDigits })),
  unlock,
  approval,
})
export type DeviceRequest = z.infer<typeof deviceRequest>

export const deviceRequests = z.object({ requests: z.array(deviceRequest) })

export const receiptCall = z.object({ request: requestId, event: z.enum(['shown', 'opened']) })

export const decided = z.object({ state: requestState, reason: z.nullable(denialReason) })
export type Decided = z.infer<typeof decided>

export const deviceToken = z.object({
  id: tokenId,
  label: z.string(),
  username: z.string(),
  state: z.enum(['active', 'suspended', 'revoked']),
  unlock,
  approval,
  numberMatching: z.boolean(),
  numberDigits,
  otp: otpSettings,
  createdAt: timestampSchema,
  lastUsedAt: z.nullable(timestampSchema),
})
export type DeviceToken = z.infer<typeof deviceToken>
export const deviceTokens = z.object({ tokens: z.array(deviceToken) })

export const patchToken = z.object({ label })

/** The fresh passcode shows that the token was unlocked. */
export const freshCall = z.object({ token: tokenId, passcode: z.string().check(z.regex(/^\d{6,8}$/)) })

export const furtherDevice = z.object({ activationUrl: z.string(), code: z.string(), expiresAt: timestampSchema })
export type FurtherDevice = z.infer<typeof furtherDevice>

/** A device of a person whose token this device holds, with that person's tokens on it. */
export const ownDevice = z.object({
  id: deviceId,
  name: z.string(),
  platform: z.string(),
  /** the one that asks */
  current: z.boolean(),
  username: z.string(),
  addedAt: timestampSchema,
  lastUsedAt: z.nullable(timestampSchema),
  /** whether all of these tokens are suspended */
  suspended: z.boolean(),
})
export type OwnDevice = z.infer<typeof ownDevice>
export const ownDevices = z.object({ devices: z.array(ownDevice) })

export const historyEntry = z.extend(deviceRequest, {
  state: requestState,
  reason: z.nullable(denialReason),
  settledAt: timestampSchema,
  redeemedAt: z.nullable(timestampSchema),
  /** whether this device took the decision */
  decidedHere: z.boolean(),
})
export type HistoryEntry = z.infer<typeof historyEntry>
export const historyPage = z.object({ requests: z.array(historyEntry), next: z.nullable(z.string()) })
