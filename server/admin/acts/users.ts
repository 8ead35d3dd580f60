// The people of the directory.
import { timestamp } from '../../../protocol/login-request.ts'
import { listUsersCall, type UserView, userList } from '../../../protocol/operator-api/users.ts'
import { table } from '../../cli/table.ts'
import type { UserRow } from '../../directory/rows.ts'
import { listUsers } from '../../directory/users.ts'
import { act } from '../act.ts'

function view(row: UserRow): UserView {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    hasPassword: row.password_hash !== null,
    createdAt: timestamp(row.created_at),
  }
}

export const userActs = [
  act({
    name: 'users.list',
    http: ['GET', '/users'],
    summary: 'shows who is in the directory, a hundred at a time',
    input: listUsersCall,
    output: userList,
    cli: {
      name: 'user list',
      operands: [],
      options: {
        search: { value: 'TEXT', about: 'only names that begin with it' },
        after: { value: 'CURSOR', about: 'goes on where the list before ended' },
      },
      input: async ({ search, after }) => ({ search, cursor: after }),
      lines: ({ users, next }) => [
        ...(users.length === 0
          ? ['Nobody yet.']
          : table(users.map((row) => [row.username, row.displayName, row.hasPassword ? '' : 'no password', row.id]))),
        ...(next === null ? [] : [`More: npx countersign user list --after ${next}`]),
      ],
    },
    run: async (parts, asked) => {
      const { users, next } = await listUsers(parts, asked)
      return { users: users.map(view), next }
    },
  }),
]
