// A stand-in for Microsoft Entra ID, written from Microsoft's page of external authentication methods alone: its
// discovery, its keys, the question it asks, and how it takes the answer: by each rule, or not.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  calculateJwkThumbprint,
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'
import {
  AMR,
  type Answered,
  broken,
  DISCOVERY,
  type Discovered,
  ERROR,
  type Published,
  SUCCESS,
} from './entra-rules.ts'

type Key = { kid: string; publicJwk: JWK; privateKey: CryptoKey }
export type EntraUser = { oid: string; sub: string; preferred_username: string }
/** What it keeps of a provider for a day. */
export type Known = { issuer: string; authorizationEndpoint: string; keys: Published[] }
export type Form = { action: string; mayPostTo: string; fields: Record<string, string> }

const CLAIMS = {
  id_token: { acr: { essential: true, values: ['possessionorinherence'] }, amr: { essential: true, values: AMR } },
}

export class EntraStandIn implements AsyncDisposable {
  readonly tenant = '9122040d-6c67-4c5b-b112-36a304b66dad'
  readonly application = '600b719b-3766-4dc5-95a6-3c4a8dc31885'
  /** one whose keys it never tells */
  readonly silentTenant = '14c2f153-90a7-4689-9db7-9543bf084dad'
  /** as an administrator gives them */
  replyAddresses: string[] = []
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
    if (request.url?.startsWith(`/${this.silentTenant}/`)) return void request.socket.destroy()
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
  question(clientId: string, hint: string, changes: Record<string, string | undefined> = {}): Record<string, string> {
    const all = {
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
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  }

  /** Looks at the discovery document and the keys as it does when the method is set up. @throws where a rule is broken */
  async discover(url: string): Promise<Known> {
    const facts = await this.found(url)
    const rule = broken(DISCOVERY, facts)
    if (rule) throw new Error(`not so: ${rule}`)
    const { issuer, authorization_endpoint: authorizationEndpoint } = facts.metadata as Record<string, string>
    return { issuer: issuer ?? '', authorizationEndpoint: authorizationEndpoint ?? '', keys: facts.keys }
  }

  async found(url: string): Promise<Discovered> {
    const response = await fetch(url)
    const length = response.headers.get('content-length')
    const text = await response.text()
    const metadata = JSON.parse(text) as Record<string, string>
    const { keys } = (await (await fetch(metadata.jwks_uri ?? '')).json()) as { keys: Published[] }
    return { url, length, bytes: Buffer.byteLength(text), metadata, keys, replyAddresses: this.replyAddresses }
  }

  /** @returns why Entra does not take the answer; undefined: it does */
  async fault(answer: Form, asked: Record<string, string>, known: Known, sub: string): Promise<string | undefined> {
    const facts = await answered(answer, asked, known, sub)
    if (answer.fields.id_token) return broken(SUCCESS, facts)
    return broken(ERROR, facts) ?? `no id_token: ${answer.fields.error}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The answer, and all that a rule says something of. */
export async function answered(
  { action, mayPostTo, fields }: Form,
  asked: Record<string, string>,
  known: Known,
  sub: string,
): Promise<Answered> {
  const facts = { asked, action, mayPostTo, fields, known, sub, now: Math.floor(Date.now() / 1000) }
  const token = fields.id_token
  if (!token) return { ...facts, header: {}, claims: {}, isSigned: false }
  const header = decodeProtectedHeader(token)
  const key = known.keys.find(({ kid }) => kid === header.kid)
  const isSigned = key !== undefined && (await isBy(key, token))
  return { ...facts, header: { ...header }, claims: decodeJwt(token), isSigned }
}

const isBy = async (key: JWK, token: string) =>
  compactVerify(token, await importJWK(key, 'RS256')).then(
    () => true,
    () => false,
  )

/** What a browser would post, and where, from a page that posts itself. */
export function formOf(page: string, policy: string | null = null): Form {
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
    mayPostTo: /form-action ([^;]*)/.exec(policy ?? '')?.[1] ?? '',
    fields: Object.fromEntries(fields.map(([, name = '', value = '']) => [name, plain(value)])),
  }
}
