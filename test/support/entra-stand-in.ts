// A stand-in for Microsoft Entra ID, written from Microsoft's page of external authentication methods alone: its
// discovery, its keys, the question it asks, and each rule by which it takes the answer or doesn't.
import { createHash, X509Certificate } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'

type Key = { kid: string; publicJwk: JWK; privateKey: CryptoKey }
export type EntraUser = { oid: string; sub: string; preferred_username: string }
type Published = JWK & { x5c?: string[] }

export const AMR = ['face', 'fido', 'fpt', 'hwk', 'iris', 'otp', 'pop', 'retina', 'sc', 'sms', 'swk', 'tel', 'vbm']
const CLAIMS = {
  id_token: { acr: { essential: true, values: ['possessionorinherence'] }, amr: { essential: true, values: AMR } },
}

export class EntraStandIn implements AsyncDisposable {
  readonly tenant = '9122040d-6c67-4c5b-b112-36a304b66dad'
  readonly application = '600b719b-3766-4dc5-95a6-3c4a8dc31885'
  keys: Key[] = []
  /** how often its keys were fetched */
  fetched = 0
  readonly #server = createServer((request, response) => this.#answer(request, response))

  static async start(): Promise<EntraStandIn> {
    const entra = new EntraStandIn()
    await new Promise<void>((resolve) => entra.#server.listen(0, '127.0.0.1', resolve))
    await entra.rotate()
    return entra
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
  get issuer(): string {
    return `${this.origin}/${this.tenant}/v2.0`
  }
  get redirectUri(): string {
    return `${this.origin}/common/federation/externalauthprovider`
  }

  /** New keys in the place of those there were. */
  async rotate(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const publicJwk = await exportJWK(publicKey)
    this.keys = [{ kid: await calculateJwkThumbprint(publicJwk), publicJwk, privateKey }]
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const json = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    if (request.url === `/${this.tenant}/v2.0/.well-known/openid-configuration`)
      return void json({ issuer: this.issuer, jwks_uri: `${this.origin}/common/discovery/v2.0/keys` })
    if (request.url !== '/common/discovery/v2.0/keys') return void response.writeHead(404).end()
    this.fetched++
    json({ keys: this.keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig' })) })
  }

  /** As expired as it issues them. */
  async hint(
    user: EntraUser,
    changes: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const [key] = this.keys
    if (!key) throw new Error('no key')
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, nbf: now, exp: now - 1 }
    const claims = {
      ver: '2.0',
      iss: this.issuer,
      aud: this.application,
      tid: this.tenant,
      ...times,
      ...user,
      ...changes,
    }
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...header })
      .sign(key.privateKey)
  }

  /** The form that the browser posts. */
  question(clientId: string, hint: string, changes: Record<string, string> = {}): Record<string, string> {
    return {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      client_id: clientId,
      redirect_uri: this.redirectUri,
      nonce: createHash('sha256')
        .update(hint + Math.random())
        .digest('base64url'),
      state: 'a state with "quotes" & <marks>',
      id_token_hint: hint,
      claims: JSON.stringify(CLAIMS),
      'client-request-id': '72826bb4-abb7-4221-b253-100f530b4b0a',
      ...changes,
    }
  }

  /** Checks the discovery document and the keys as it would when the method is set up. @returns what it keeps */
  async discover(url: string): Promise<{ issuer: string; authorizationEndpoint: string; keys: Published[] }> {
    const response = await fetch(url)
    if (!response.headers.get('content-length')) throw new Error('the discovery document has no length')
    const said = (await response.json()) as Record<string, string & string[]>
    const { issuer = '', jwks_uri: jwksUri = '', authorization_endpoint: authorizationEndpoint = '' } = said
    if (`${issuer}/.well-known/openid-configuration` !== url) throw new Error('the issuer is not where it is found')
    if (!said.scopes_supported?.includes('openid')) throw new Error('no scope openid')
    if (!said.response_types_supported?.includes('id_token')) throw new Error('no response type id_token')
    if (!said.id_token_signing_alg_values_supported?.includes('RS256')) throw new Error('no RS256')
    if (said.claim_types_supported && !said.claim_types_supported.includes('normal'))
      throw new Error('no normal claims')
    const { keys } = (await (await fetch(jwksUri)).json()) as { keys: Published[] }
    for (const key of keys) checkCertificate(key)
    return { issuer, authorizationEndpoint, keys }
  }

  /** @returns why Entra does not take the answer; undefined: it does */
  async fault(
    posted: Record<string, string>,
    asked: Record<string, string>,
    known: { issuer: string; keys: Published[] },
    sub: string,
  ): Promise<string | undefined> {
    if (posted.state !== asked.state) return 'state is not what was sent'
    if (!posted.id_token) return `no id_token: ${posted.error}`
    const { kid } = decodeProtectedHeader(posted.id_token)
    const key = known.keys.find((published) => published.kid === kid)
    if (!key) return 'signed by an unknown key'
    const options = { issuer: known.issuer, audience: asked.client_id ?? '', algorithms: ['RS256'] }
    const { payload } = await jwtVerify(posted.id_token, await importJWK(key, 'RS256'), options)
    const { values } = (JSON.parse(asked.claims ?? '') as typeof CLAIMS).id_token.acr
    if (payload.sub !== sub) return 'sub is not that of the hint'
    if (payload.nonce !== asked.nonce) return 'nonce is not what was sent'
    if (typeof payload.acr !== 'string' || !values.includes(payload.acr))
      return `acr has unexpected value ${payload.acr}`
    if (!Array.isArray(payload.amr) || payload.amr.length !== 1) return 'amr is not one method in an array'
    if (!AMR.includes(payload.amr[0])) return `amr has unexpected value ${payload.amr[0]}`
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function checkCertificate({ x5c, n, e, kty, kid }: Published): void {
  const [first] = x5c ?? []
  if (!first || !kid) throw new Error('a key has no x5c or no kid')
  const certificate = new X509Certificate(Buffer.from(first, 'base64'))
  const inside = certificate.publicKey.export({ format: 'jwk' })
  if (inside.n !== n || inside.e !== e || inside.kty !== kty) throw new Error('the certificate is of another key')
  if (!certificate.verify(certificate.publicKey)) throw new Error('the certificate does not verify')
}

/** What a browser would post, and where, from a page that posts itself. */
export function formOf(page: string): { action: string; fields: Record<string, string> } {
  const plain = (text: string) =>
    text
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&')
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
  return {
    action: plain(/<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? ''),
    fields: Object.fromEntries(fields.map(([, name = '', value = '']) => [name, plain(value)])),
  }
}
