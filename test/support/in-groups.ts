// Somebody in groups that are made for them.
import { addGroup } from '../../server/directory/groups.ts'
import { setMembership } from '../../server/directory/members.ts'
import type { TestServer } from './server.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

export async function inGroups(server: TestServer, username: string, names: readonly string[]): Promise<void> {
  const { parts } = server.running
  const user = await server.idOf(username)
  for (const name of names) {
    const { id: group } = await addGroup(parts, { name }, BY)
    await setMembership(parts, { group, user, isMember: true }, BY)
  }
}
