// `user add` and `user password`: what a password is typed for.
import * as z from 'zod/mini'
import { SHORTEST_PASSWORD } from '../../protocol/password-length.ts'
import { Problem } from '../../protocol/problems.ts'
import { isGuessableOf } from '../directory/guessable.ts'
import { findUser } from '../directory/rows.ts'
import { setPassword } from '../directory/set-password.ts'
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
    const scripted = given['password-stdin'] ?? false
    const password = await askPassword(room, scripted)
    const wish = {
      username: given.username,
      ...(password === undefined ? {} : { password }),
      ...(given.name === undefined ? {} : { displayName: given.name }),
      ...(given.email === undefined ? {} : { email: given.email }),
    }
    const { user, elsewhere, weak } = await room.withParts(async (parts) => {
      const user = await addUser(parts, wish, undefined, { anyPassword: scripted })
      const weak =
        password !== undefined && (password.length < SHORTEST_PASSWORD || (await isGuessableOf(parts, user, password)))
      return { user, weak, elsewhere: parts.ldap !== undefined }
    })
    const { id, username } = user
    if (weak)
      room.terminal.complain(`The password of ${username} is short or easily guessed: for trying things out only.`)
    const lines =
      password === undefined && !elsewhere
        ? [
            `Added ${username} (${id}), without a password: this person can’t sign in by one yet.`,
            `Next: npx countersign user password ${username}, then: npx countersign enrol ${username}`,
          ]
        : [`Added ${username} (${id}).`, `Next: npx countersign enrol ${username}`]
    return { json: { id, username }, lines }
  },
})

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'passwords.set' } as const

export const userPassword = command({
  name: 'user password',
  operands: ['username'],
  summary: 'gives a person another password; their sign-ins end, and they are told',
  options: { 'password-stdin': { about: 'reads the password from standard input' } },
  input: z.object({ username: z.string(), 'password-stdin': z.optional(z.boolean()) }),
  run: async (given, room) => {
    const password = await askPassword(room, given['password-stdin'] ?? false)
    if (password === undefined) throw new Problem('invalid', { detail: 'No password was given.' })
    await room.withParts(async (parts) => {
      const user = await findUser(parts.store.read, given.username)
      if (!user) throw new Problem('unknown-user')
      await setPassword(parts, user.id, password, BY)
    })
    return { json: {}, lines: [`${given.username} has another password.`] }
  },
})
