// `user add`, `user list`.
import * as z from 'zod/mini'
import { timestamp } from '../../protocol/login-request.ts'
import { addUser, listUsers } from '../directory/users.ts'
import { command } from './command.ts'
import { askPassword } from './password.ts'
import { table } from './table.ts'

export const userAdd = command({
  name: 'user add',
  operands: ['username'],
  summary: 'adds a person to the directory',
  options: {
    'password-stdin': { about: 'reads the password from standard input' },
    name: { value: 'NAME', about: 'the name that people see; the user name where absent' },
    email: { value: 'ADDRESS', about: 'where mail reaches this person' },
  },
  input: z.object({
    username: z.string(),
    'password-stdin': z.optional(z.boolean()),
    name: z.optional(z.string()),
    email: z.optional(z.string()),
  }),
  run: async (given, room) => {
    const password = await askPassword(room, given['password-stdin'] ?? false)
    const user = await room.withParts((parts) =>
      addUser(parts, {
        username: given.username,
        ...(password === undefined ? {} : { password }),
        ...(given.name === undefined ? {} : { displayName: given.name }),
        ...(given.email === undefined ? {} : { email: given.email }),
      }),
    )
    const { id, username } = user
    const without = password === undefined ? ', without a password: this person can’t sign in by one' : ''
    return {
      json: { id, username },
      lines: [`Added ${username} (${id})${without}.`, `Next: npx countersign enrol ${username}`],
    }
  },
})

export const userList = command({
  name: 'user list',
  operands: [],
  summary: 'shows who is in the directory, a hundred at a time',
  options: { after: { value: 'CURSOR', about: 'goes on where the list before ended' } },
  input: z.object({ after: z.optional(z.string()) }),
  run: async ({ after }, room) => {
    const { users, next } = await room.withParts((parts) => listUsers(parts, after))
    const rows = users.map((user) => ({
      id: user.id,
      username: user.username,
      displayName: user.display_name,
      email: user.email,
      hasPassword: user.password_hash !== null,
      createdAt: timestamp(user.created_at),
    }))
    const lines = table(
      rows.map((row) => [row.username, row.displayName, row.hasPassword ? '' : 'no password', row.id]),
    )
    const more = next === null ? [] : [`More: npx countersign user list --after ${next}`]
    return { json: { users: rows, next }, lines: [...(rows.length === 0 ? ['Nobody yet.'] : lines), ...more] }
  },
})
