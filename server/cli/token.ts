// `token list`, `token revoke`.
import * as z from 'zod/mini'
import { tokenId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { tokensOf } from '../devices/rows.ts'
import { revokeToken, tokenView } from '../devices/tokens.ts'
import { findUser } from '../directory/rows.ts'
import { command } from './command.ts'
import { table } from './table.ts'

export const tokenList = command({
  name: 'token list',
  operands: ['username'],
  summary: 'shows a person’s tokens',
  options: {},
  input: z.object({ username: z.string() }),
  run: async ({ username }, room) => {
    const tokens = await room.withParts(async ({ store }) => {
      const user = await findUser(store.read, username)
      if (!user) throw new Problem('unknown-user')
      const rows = await tokensOf(store.read, user.id)
      return rows.map((row) => ({ ...tokenView(row), device: row.device_id }))
    })
    const lines = table(tokens.map(({ id, state, label, unlock, approval }) => [id, state, label, unlock, approval]))
    return { json: { tokens }, lines: tokens.length === 0 ? [`${username} has no token.`] : lines }
  },
})

export const tokenRevoke = command({
  name: 'token revoke',
  operands: ['token'],
  summary: 'takes a token away; its device can’t approve with it any more',
  options: {},
  input: z.object({ token: z.string() }),
  run: async ({ token }, room) => {
    const { data: id } = tokenId.safeParse(token)
    if (!id) throw new Problem('unknown-token')
    await room.withParts((parts) => revokeToken(parts, { token: id, by: 'operator' }))
    return { json: { id, state: 'revoked' }, lines: [`Revoked ${id}.`] }
  },
})
