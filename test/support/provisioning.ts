// A server that another directory provisions by SCIM, for all tests of a `describe`.
import { beforeAll, expect } from 'vitest'
import type { Engine } from './engines.ts'
import type { Json } from './wire-call.ts'
import { type WireHouse, wireHouse } from './wire-house.ts'
import { type WireDirectory, wireDirectory } from './wire-scim.ts'

export type Shown = Json & { id: string; meta: { version: string; location: string; lastModified: string } }
export type List = { totalResults: number; startIndex: number; itemsPerPage: number; Resources: Shown[] }

/** Registers its own start and end. */
export function provisioning(engine: Engine) {
  const house: WireHouse = wireHouse(engine)
  let directory: WireDirectory
  let names = 0
  beforeAll(async () => {
    directory = await wireDirectory(house.server)
  })
  /** Nobody and nothing else of this house has it. */
  const unique = (of: string) => `${of}${++names}`
  const newName = () => `${unique('person')}@harbour.example`
  async function added(path: string, sent: Json): Promise<Shown> {
    const reply = await directory.call<Shown>('POST', path, sent)
    expect(reply.status).toBe(201)
    return reply.body
  }
  const list = async (path: string) => (await directory.call<List>('GET', path)).body
  return {
    house,
    get directory() {
      return directory
    },
    unique,
    newName,
    user: (more: Json = {}) => added('/Users', { userName: newName(), ...more }),
    group: (more: Json = {}) => added('/Groups', { displayName: unique('Group '), ...more }),
    read: async (path: string) => (await directory.call<Shown>('GET', path)).body,
    list,
    found: async (filter: string, kind = 'Users') =>
      (await list(`/${kind}?filter=${encodeURIComponent(filter)}`)).Resources.map(({ id }) => id),
  }
}
