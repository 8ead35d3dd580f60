// A device, written from the protocol page (§3–§6) alone: it shares no code with server or app.
import { createECDH, createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { call, type Json, type Reply, type Sent, type Wire } from './wire-call.ts'
import { agreedKeys, canonicalJson, compactJws, type JwsHeader, newJti, ocra, sha256, totp } from './wire-crypto.ts'
import { openStream, type WireStream } from './wire-stream.ts'

export type WireOffer = {
  enrolment: string
  organisation: { name: string }
  user: { username: string; displayName: string }
  token: { label: string; unlock: string; approval: string; otp: { digits: number; period: number } } & Json
  serverKey: string
  vapidKey: string
  serverTime: string
}
export type WireActivated = { device: string; token: string; serverTime: string }
export type WireShown = {
  id: string
  purpose: string
  nonce: string
  token: string
  username: string
  createdAt: string
  expiresAt: string
  application: { id: string; name: string }
  context: Json
  number: { digits: number } | null
  unlock: string
  approval: string
}
export type WireToken = { id: string; totp: Buffer; ocra: Buffer; otp: { digits: number; period: number } }
export type Verdict = 'approve' | 'deny' | 'report'
export type Decided = { state: string; reason: string | null }
export type SubscriptionJson = { endpoint: string; expirationTime?: null; keys: { p256dh: string; auth: string } }

type ProofParts = { header?: JwsHeader; claims?: Json; key?: KeyObject }

export class WireDevice {
  readonly wire: Wire
  readonly now: () => number
  readonly key: KeyObject
  readonly publicKey: JsonWebKey
  /** '' until the first activation */
  id = ''
  readonly tokens: WireToken[] = []

  /** @param now the device's clock, milliseconds */
  constructor(wire: Wire, now: () => number = Date.now, privateKey?: JsonWebKey) {
    this.wire = wire
    this.now = now
    this.key = privateKey
      ? createPrivateKey({ key: privateKey, format: 'jwk' })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const { kty, crv, x, y } = this.key.export({ format: 'jwk' })
    this.publicKey = { kty, crv, x, y } as JsonWebKey
  }

  get token(): WireToken {
    const token = this.tokens.at(-1)
    if (!token) throw new Error('this device has no token')
    return token
  }

  /** Opens and activates; from then on the device has this token. */
  async enrol(code: string, more: Json = {}): Promise<this> {
    const { body: offer, text } = await this.open(code)
    if (!offer.serverKey) throw new Error(`the code does not open: ${text}`)
    const { sent, keys } = this.activation(code, offer, more)
    await this.activated(await this.activate(sent, this.id !== ''), offer, keys)
    return this
  }

  open(code: unknown): Promise<Reply<WireOffer>> {
    return call<WireOffer>(this.wire, 'POST', '/device/v1/enrolments/open', { body: { code } })
  }

  /** What is sent to activate, and the keys that are agreed on by it. @param code in canonical form */
  activation(code: string, offer: Pick<WireOffer, 'serverKey' | 'token'>, more: Json = {}) {
    const ephemeral = createECDH('prime256v1')
    const agreementKey = ephemeral.generateKeys().toString('base64url')
    const keys = agreedKeys(ephemeral, offer.serverKey, code)
    const passcode = totp(keys.totp, this.now(), offer.token.otp)
    const device = { name: 'Phone', platform: 'Android' }
    return { sent: { code, deviceKey: this.publicKey, agreementKey, passcode, device, ...more }, keys }
  }

  activate(sent: Json, withProof = false): Promise<Reply<WireActivated>> {
    const path = '/device/v1/enrolments/activate'
    const headers: Record<string, string> = withProof ? { dpop: this.proof('POST', path) } : {}
    return call<WireActivated>(this.wire, 'POST', path, { body: sent, headers })
  }

  activated(reply: Reply<WireActivated>, offer: WireOffer, keys: { totp: Buffer; ocra: Buffer }): void {
    if (reply.status !== 201) throw new Error(`not activated: ${reply.text}`)
    this.id = reply.body.device
    this.tokens.push({ id: reply.body.token, otp: offer.token.otp, ...keys })
  }

  /** RFC 9449 §4.2 with the device's id for its key. @param path with or without a query */
  proof(method: string, path: string, { header = {}, claims = {}, key = this.key }: ProofParts = {}): string {
    const htu = this.wire.origin + path.split('?')[0]
    const own = { jti: newJti(), htm: method, htu, iat: Math.floor(this.now() / 1000) }
    return compactJws(key, { typ: 'dpop+jwt', alg: 'ES256', kid: this.id, ...header }, { ...own, ...claims })
  }

  call<Body = Json>(method: string, path: string, sent: Sent = {}): Promise<Reply<Body>> {
    const headers = { dpop: this.proof(method, path), ...sent.headers }
    return call<Body>(this.wire, method, path, { ...sent, headers })
  }

  async requests(): Promise<WireShown[]> {
    return (await this.call<{ requests: WireShown[] }>('GET', '/device/v1/requests')).body.requests
  }

  request(id: string): Promise<Reply<WireShown>> {
    return this.call<WireShown>('GET', `/device/v1/requests/${id}`)
  }

  events(): Promise<WireStream<{ requests: WireShown[] }>> {
    const path = '/device/v1/events'
    return openStream(this.wire, path, { dpop: this.proof('GET', path) })
  }

  receipt(request: string, event = 'shown'): Promise<Reply> {
    return this.call('POST', '/device/v1/receipts', { body: { request, event } })
  }

  subscribe(subscription: SubscriptionJson, more: Json = {}): Promise<Reply> {
    return this.call('PUT', '/device/v1/subscription', { body: { ...subscription, ...more } })
  }

  /** The token's passcode by the device's clock, as a person would type it. */
  passcode(token = this.token, at = this.now()): string {
    return totp(token.totp, at, token.otp)
  }

  /** What a decision says. @param number the digits that were typed */
  statement(shown: WireShown, verdict: Verdict, number: string | null = null): Json {
    const { id, purpose, nonce, token, username, application, context } = shown
    const typed = verdict === 'approve' ? number : null
    const { id: appId, name } = application
    const binding = { v: 1, purpose, request: id, nonce, token, username, application: { id: appId, name }, context }
    const digest = sha256(canonicalJson({ ...binding, number: typed }))
    const own = this.tokens.find((held) => held.id === token) ?? this.token
    return {
      aud: this.wire.origin,
      iat: Math.floor(this.now() / 1000),
      jti: newJti(),
      request: id,
      token,
      verdict,
      binding: digest.toString('base64url'),
      ...(verdict === 'approve' ? { passcode: ocra(own.ocra, digest) } : {}),
    }
  }

  signed(statement: unknown, { header = {}, key = this.key }: Omit<ProofParts, 'claims'> = {}): string {
    return compactJws(key, { typ: 'decision+jwt', alg: 'ES256', kid: this.id, ...header }, statement)
  }

  /** @param jws as it is to be sent */
  send(jws: string, type = 'application/jose'): Promise<Reply<Decided & Json>> {
    return call(this.wire, 'POST', '/device/v1/decisions', { body: jws, headers: { 'content-type': type } })
  }

  decide(shown: WireShown, verdict: Verdict, number: string | null = null, more: Json = {}) {
    return this.send(this.signed({ ...this.statement(shown, verdict, number), ...more }))
  }
}
