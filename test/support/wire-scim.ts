// Another directory, as it speaks SCIM to us over real HTTP.
import type { TestServer } from './server.ts'
import { call, type Json, type Reply, type Wire } from './wire-call.ts'
import { programOf, type WireProgram } from './wire-operator.ts'

type Headers = Record<string, string>

export class WireDirectory {
  readonly #wire: Wire
  readonly program: WireProgram
  readonly tokenId: string

  constructor(wire: Wire, program: WireProgram, tokenId: string) {
    this.#wire = wire
    this.program = program
    this.tokenId = tokenId
  }

  call<Body = Json>(method: string, path: string, body?: Json, headers: Headers = {}): Promise<Reply<Body>> {
    return this.send<Body>(method, path, body && JSON.stringify(body), headers)
  }

  send<Body = Json>(method: string, path: string, body?: string, headers: Headers = {}): Promise<Reply<Body>> {
    const all = {
      authorization: `Bearer ${this.program.token}`,
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...headers,
    }
    return call<Body>(this.#wire, method, `/scim/v2${path}`, { headers: all, ...(body !== undefined && { body }) })
  }

  on(wire: Wire): WireDirectory {
    return new WireDirectory(wire, this.program, this.tokenId)
  }
}

export async function wireDirectory(server: TestServer): Promise<WireDirectory> {
  const program = await programOf(server, 'provisioning')
  const newest = server.store.read.selectFrom('api_tokens').select('id').orderBy('created_at', 'desc')
  const { id } = await newest.where('role', '=', 'provisioning').executeTakeFirstOrThrow()
  return new WireDirectory(server.wire, program, id)
}

export const patchOf = (...operations: Json[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

/** '409 uniqueness', or the bare status. */
export function errorOf({ status, body }: Reply<unknown>): string {
  const { scimType } = body as { scimType?: string }
  return scimType === undefined ? String(status) : `${status} ${scimType}`
}
