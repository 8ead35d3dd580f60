// `user add`.
import * as z from 'zod/mini'
import { addUser } from '../directory/users.ts'
import { command } from './command.ts'
import { askPassword } from './password.ts'

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
