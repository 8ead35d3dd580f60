// Somebody of the organisation, in a browser or as a program, over real HTTP.
import type { OperatorRole, Role } from '../../protocol/permissions.ts'
import { makeApiToken } from '../../server/operators/api-tokens.ts'
import { inviteOperator } from '../../server/operators/operators.ts'
import { type Faults, Passkey } from './passkey.ts'
import type { TestServer } from './server.ts'
import { call, type Json, type Reply, type Wire } from './wire-call.ts'

const BASE = '/admin/v1'
const COMMAND_LINE = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

type Headers = Record<string, string>

/** Calls as a program does, by its API token. */
export class WireProgram {
  readonly #wire: Wire
  readonly token: string

  constructor(wire: Wire, token: string) {
    this.#wire = wire
    this.token = token
  }

  call<Body = Json>(method: string, path: string, body?: object, headers: Headers = {}): Promise<Reply<Body>> {
    const all = { authorization: `Bearer ${this.token}`, ...headers }
    return call<Body>(this.#wire, method, BASE + path, { headers: all, ...(body && { body }) })
  }
}

/** Calls as the console does, by its cookie. */
export class WireOperator {
  readonly #wire: Wire
  readonly passkey: Passkey
  cookie = ''

  constructor(wire: Wire) {
    this.#wire = wire
    this.passkey = new Passkey(wire.origin)
  }

  /** @param headers `origin: ''` sends none */
  async call<Body = Json>(method: string, path: string, body?: object, headers: Headers = {}): Promise<Reply<Body>> {
    const { origin = this.#wire.origin, ...rest } = headers
    const all = { ...(origin && { origin }), ...(this.cookie && { cookie: this.cookie }), ...rest }
    const reply = await call<Body>(this.#wire, method, BASE + path, { headers: all, ...(body && { body }) })
    const [set] = reply.headers['set-cookie'] ?? []
    if (set) this.cookie = set.split(';')[0] ?? ''
    return reply
  }

  async accept(signInUrl: string, more: Json = {}, faults: Faults = {}): Promise<Reply> {
    const code = signInUrl.split('#')[1] ?? ''
    const opened = await this.call<{ options: never }>('POST', '/invitations/open', { code })
    if (opened.status !== 200) return opened as unknown as Reply
    const response = this.passkey.create(opened.body.options, faults)
    return this.call('POST', '/invitations/accept', { code, response, ...more })
  }

  async signIn(faults: Faults = {}): Promise<Reply> {
    const { body } = await this.call<{ options: never }>('POST', '/session/options', {})
    return this.call('POST', '/session/sign-in', { response: this.passkey.get(body.options, faults) })
  }

  async confirm(faults: Faults = {}): Promise<Reply> {
    const { body } = await this.call<{ options: never }>('POST', '/session/confirm/options', {})
    return this.call('POST', '/session/confirm', { response: this.passkey.get(body.options, faults) })
  }
}

let operators = 0

/** A one-time link, as the command line makes it. */
export async function linkOf(server: TestServer, role: OperatorRole = 'owner', name = `Bea ${++operators}`) {
  return inviteOperator(server.running.parts, { name, role }, COMMAND_LINE)
}

/** Somebody who has accepted their link, and is signed in. */
export async function operatorOf(server: TestServer, role: OperatorRole = 'owner', name?: string) {
  const { operator, signInUrl } = await linkOf(server, role, name)
  const person = new WireOperator(server.wire)
  const accepted = await person.accept(signInUrl)
  if (accepted.status !== 201) throw new Error(`the link was not accepted: ${accepted.text}`)
  return Object.assign(person, { id: operator.id, name: operator.name })
}

export async function programOf(server: TestServer, role: Role = 'owner', expiresInDays = 90): Promise<WireProgram> {
  const asked = { name: `${role} program`, role, expiresInDays }
  const { apiToken } = await makeApiToken(server.running.parts, asked, COMMAND_LINE)
  return new WireProgram(server.wire, apiToken)
}
