// Groups of people.
import type { UserId } from '../../../protocol/ids.ts'
import { timestamp } from '../../../protocol/login-request.ts'
import {
  addGroupCall,
  type GroupView,
  groupList,
  groupPath,
  groupView,
  listGroupsCall,
  memberPath,
  renameGroupCall,
} from '../../../protocol/operator-api/groups.ts'
import type { Assembly } from '../../assemble.ts'
import {
  addGroup,
  type CountedGroup,
  countedGroup,
  knownGroupByName,
  listGroups,
  removeGroup,
  renameGroup,
} from '../../directory/groups.ts'
import { setMembership } from '../../directory/members.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'
import { personNamed } from './person.ts'

function view({ id, name, members, created_at, version }: CountedGroup): GroupView {
  return { id, name, members, createdAt: timestamp(created_at), version }
}

/** People type names. @throws {Problem} unknown-group */
async function named({ group }: Given, { store }: Assembly): Promise<{ id: string; version: number }> {
  const { id, version } = await knownGroupByName(store.read, String(group))
  return { id, version }
}

const member = async (given: Given, parts: Assembly) => ({
  id: (await named(given, parts)).id,
  user: (await personNamed(given, parts)).id as UserId,
})

export const groupActs = [
  act({
    name: 'groups.list',
    http: ['GET', '/groups'],
    summary: 'shows the groups a hundred at a time, and how many belong to each, counted up to 10,000',
    input: listGroupsCall,
    output: groupList,
    cli: {
      name: 'group list',
      operands: [],
      options: { cursor: CURSOR },
      lines: ({ groups, next }) => [
        ...(groups.length === 0
          ? ['None yet. Next: npx countersign group add <group>']
          : table(groups.map(({ name, members, id }) => [name, String(members), id]))),
        ...more(next),
      ],
    },
    run: async (parts, { cursor }) => {
      const { groups, next } = await listGroups(parts, cursor)
      return { groups: groups.map(view), next }
    },
  }),
  act({
    name: 'groups.add',
    http: ['POST', '/groups'],
    summary: 'makes a group',
    helps: true,
    input: addGroupCall,
    output: groupView,
    status: 201,
    cli: {
      name: 'group add',
      operands: ['group'],
      input: async ({ group }) => ({ name: group }),
      lines: ({ name, id }) => [`Added ${name} (${id}).`],
    },
    run: async (parts, asked, by) => view({ ...(await addGroup(parts, asked, by)), members: 0 }),
  }),
  act({
    name: 'groups.rename',
    http: ['PATCH', '/groups/:id'],
    summary: 'gives a group another name',
    helps: true,
    input: renameGroupCall,
    output: groupView,
    versioned: true,
    cli: {
      name: 'group rename',
      operands: ['group', 'name'],
      input: async (given, parts) => ({ ...(await named(given, parts)), name: given.name }),
      lines: ({ name }) => [`It is called ${name} now.`],
    },
    run: async (parts, asked, by) => {
      const { id } = await renameGroup(parts, asked, by)
      return view(await countedGroup(parts.store.read, id))
    },
  }),
  act({
    name: 'groups.remove',
    http: ['DELETE', '/groups/:id'],
    summary: 'removes a group; its members stay in the directory',
    input: groupPath,
    dangerous: true,
    cli: {
      name: 'group remove',
      operands: ['group'],
      input: named,
      lines: (_output, { group }) => [`Removed ${group}.`],
    },
    run: (parts, { id }, by) => removeGroup(parts, id, by),
  }),
  act({
    name: 'groups.add-member',
    http: ['PUT', '/groups/:id/members/:user'],
    summary: 'puts a person into a group',
    dangerous: true,
    input: memberPath,
    cli: {
      name: 'group join',
      operands: ['group', 'username'],
      input: member,
      lines: (_output, { group, username }) => [`${username} belongs to ${group}.`],
    },
    run: (parts, { id, user }, by) => setMembership(parts, { group: id, user, isMember: true }, by),
  }),
  act({
    name: 'groups.remove-member',
    http: ['DELETE', '/groups/:id/members/:user'],
    summary: 'takes a person out of a group',
    dangerous: true,
    input: memberPath,
    cli: {
      name: 'group leave',
      operands: ['group', 'username'],
      input: member,
      lines: (_output, { group, username }) => [`${username} belongs to ${group} no longer.`],
    },
    run: (parts, { id, user }, by) => setMembership(parts, { group: id, user, isMember: false }, by),
  }),
]
