// The people of the directory.
import { timestamp } from '../../../protocol/login-request.ts'
import {
  addUserCall,
  editUserCall,
  listUsersCall,
  setPasswordCall,
  suspendUserCall,
  type UserShown,
  type UserView,
  userList,
  userPath,
  userShown,
  userView,
} from '../../../protocol/operator-api/users.ts'
import type { Assembly } from '../../assemble.ts'
import { editUser } from '../../directory/changes.ts'
import { isPasswordElsewhere } from '../../directory/external.ts'
import { groupsOf } from '../../directory/groups.ts'
import { removeUser } from '../../directory/remove.ts'
import type { UserRow } from '../../directory/rows.ts'
import { setPassword } from '../../directory/set-password.ts'
import { resumeUser, suspendUser } from '../../directory/suspension.ts'
import { listUsers } from '../../directory/user-list.ts'
import { addUser, knownUser } from '../../directory/users.ts'
import { act } from '../act.ts'
import { CURSOR } from '../typed/paging.ts'
import { table } from '../typed/table.ts'
import { personNamed } from './person.ts'
import { WHY } from './why.ts'

function view({ external }: Pick<Assembly, 'external'>, row: UserRow): UserView {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    state: row.state,
    hasPassword: row.password_hash !== null,
    passwordElsewhere: isPasswordElsewhere(external, row),
    createdAt: timestamp(row.created_at),
    version: row.version,
  }
}

async function shown(parts: Assembly, row: UserRow): Promise<UserShown> {
  const groups = await groupsOf(parts.store.read, row.id)
  return { ...view(parts, row), groups: groups.map(({ id, name }) => ({ id, name })) }
}

const lineOf = ({ username, displayName, state, hasPassword, passwordElsewhere, id }: UserView) => [
  username,
  displayName,
  state === 'active' ? '' : state,
  hasPassword ? '' : passwordElsewhere ? 'password in the directory' : 'no password',
  id,
]

export const userActs = [
  act({
    name: 'users.list',
    http: ['GET', '/users'],
    summary: 'shows who is in the directory, a hundred at a time, by the beginning of any of their names',
    input: listUsersCall,
    output: userList,
    cli: {
      name: 'user list',
      operands: [],
      options: {
        search: { value: 'TEXT', about: 'only those of whose names one begins with it' },
        state: { value: 'active|suspended', about: 'only those' },
        stuck: {
          value: 'push-paused|passcodes-locked|unreachable',
          about: 'only who can’t sign in as usual; unreachable: whose devices no push reaches',
        },
        after: CURSOR,
      },
      input: async ({ search, state, stuck, after }) => ({ search, state, stuck, cursor: after }),
      lines: ({ users, next }) => [
        ...(users.length === 0 ? ['Nobody yet.'] : table(users.map(lineOf))),
        ...(next === null ? [] : [`More: npx countersign user list --after ${next}`]),
      ],
    },
    run: async (parts, { stuck: how, ...asked }) => {
      const stuck = how && { how, at: parts.clock.now() }
      const { users, next } = await listUsers(parts, { ...asked, stuck })
      return { users: users.map((row) => view(parts, row)), next }
    },
  }),
  act({
    name: 'users.show',
    http: ['GET', '/users/:id'],
    summary: 'shows one person',
    input: userPath,
    output: userShown,
    cli: {
      name: 'user show',
      operands: ['username'],
      input: personNamed,
      lines: (user) => [
        ...table([lineOf(user)]),
        ...(user.groups.length > 0 ? [`Groups: ${user.groups.map(({ name }) => name).join(', ')}`] : []),
      ],
    },
    run: async (parts, { id }) => shown(parts, await knownUser(parts.store.read, id)),
  }),
  act({
    name: 'users.add',
    http: ['POST', '/users'],
    summary: 'adds a person to the directory',
    helps: true,
    input: addUserCall,
    output: userView,
    status: 201,
    dangerous: { where: 'With a password', is: ({ password }) => password !== undefined },
    run: async (parts, asked, by) => view(parts, await addUser(parts, asked, by)),
  }),
  act({
    name: 'users.edit',
    http: ['PATCH', '/users/:id'],
    summary: 'changes how a person is called and where mail reaches them',
    helps: true,
    input: editUserCall,
    output: userView,
    versioned: true,
    // Links and notices go to that address, and applications know people by that name.
    dangerous: {
      where: 'With a user name or a mail address',
      is: ({ username, email }) => username !== undefined || email !== undefined,
    },
    cli: {
      name: 'user edit',
      operands: ['username'],
      options: {
        'new-username': { value: 'NAME', about: 'what they sign in as from now on' },
        name: { value: 'NAME', about: 'the name that people see' },
        email: { value: 'ADDRESS', about: 'where mail reaches this person; empty: nowhere' },
      },
      input: async (given, parts) => ({
        ...(await personNamed(given, parts)),
        username: given['new-username'],
        displayName: given.name,
        email: given.email === '' ? null : given.email,
      }),
      lines: (user) => table([lineOf(user)]),
    },
    run: async (parts, asked, by) => view(parts, await editUser(parts, asked, by)),
  }),
  act({
    name: 'passwords.set',
    http: ['POST', '/users/:id/password'],
    summary:
      'gives a person another password, unless it is kept in the organisation’s directory; their sign-ins end, and they are told',
    dangerous: true,
    input: setPasswordCall,
    run: (parts, { id, password }, by) => setPassword(parts, id, password, by),
  }),
  act({
    name: 'users.suspend',
    http: ['POST', '/users/:id/suspend'],
    summary: 'keeps a person from signing in anywhere, and ends what asks as them just now',
    helps: true,
    input: suspendUserCall,
    output: userView,
    cli: {
      name: 'user suspend',
      operands: ['username'],
      options: WHY,
      input: async (given, parts) => ({ ...(await personNamed(given, parts)), reason: given.reason }),
      lines: ({ username }) => [`${username} can’t sign in any more.`],
    },
    run: async (parts, { id, reason }, by) => view(parts, await suspendUser(parts, id, by, reason)),
  }),
  act({
    name: 'users.resume',
    http: ['POST', '/users/:id/resume'],
    summary: 'lets a suspended person sign in again',
    dangerous: true,
    input: userPath,
    output: userView,
    cli: {
      name: 'user resume',
      operands: ['username'],
      input: personNamed,
      lines: ({ username }) => [`${username} can sign in again.`],
    },
    run: async (parts, { id }, by) => view(parts, await resumeUser(parts, id, by)),
  }),
  act({
    name: 'users.remove',
    http: ['DELETE', '/users/:id'],
    summary: 'removes a person with devices, tokens and all that is personal; what happened stays, by their id',
    input: userPath,
    dangerous: true,
    cli: {
      name: 'user remove',
      operands: ['username'],
      input: personNamed,
      lines: (_output, { username }) => [`Removed ${username}.`],
    },
    run: (parts, { id }, by) => removeUser(parts, id, by),
  }),
]
