// What people approve with: tokens, and the devices they are on.
import { timeOrNull, timestamp } from '../../../protocol/login-request.ts'
import {
  allTokensCall,
  exportTokensCall,
  ofUser,
  removeDeviceCall,
  type TokenEntry,
  tokenDeed,
  tokenEntries,
  tokenList,
} from '../../../protocol/operator-api/tokens.ts'
import { record } from '../../audit/record.ts'
import { allTokens } from '../../devices/all-tokens.ts'
import { exportTokens } from '../../devices/export-tokens.ts'
import { removeDevice, revokeToken } from '../../devices/lost.ts'
import { resumeToken, suspendToken } from '../../devices/suspension.ts'
import { policyOf } from '../../devices/token-policy.ts'
import { tokensWithDevices } from '../../devices/token-rows.ts'
import { knownUser } from '../../directory/users.ts'
import { act, downloadAct } from '../act.ts'
import { TOKEN_FILTER } from '../typed/filters.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'
import { personNamed } from './person.ts'
import { WHY } from './why.ts'

type Row = Awaited<ReturnType<typeof tokensWithDevices>>[number]

function view(row: Row): TokenEntry {
  const { otp: _otp, ...asks } = policyOf(row)
  return {
    id: row.id,
    ...asks,
    state: row.state,
    createdAt: timestamp(row.created_at),
    lastUsedAt: timeOrNull(row.last_used_at),
    device: {
      id: row.device_id,
      name: row.device_name,
      platform: row.platform,
      state: row.device_state,
      subscribed: row.subscribed !== null,
    },
  }
}

export const tokenActs = [
  act({
    name: 'tokens.all',
    http: ['GET', '/tokens'],
    summary: 'shows every token with its device and whoever holds it, the newest first, a hundred at a time',
    input: allTokensCall,
    output: tokenList,
    cli: {
      name: 'token all',
      operands: [],
      options: { ...TOKEN_FILTER, cursor: CURSOR },
      lines: ({ tokens, next }) => [
        ...(tokens.length === 0
          ? ['None.']
          : table(tokens.map(({ id, state, user, device }) => [id, state, user.username, device.name]))),
        ...more(next),
      ],
    },
    run: async ({ store, clock }, asked) => {
      const { rows, next, until } = await allTokens({ store }, { ...asked, now: clock.now() })
      const holder = (row: (typeof rows)[number]) => ({
        id: row.user_id,
        username: row.username,
        displayName: row.display_name,
      })
      const tokens = rows.map((row) => ({ ...view(row), user: holder(row) }))
      return { tokens, next, until: timeOrNull(until) }
    },
  }),
  downloadAct({
    name: 'tokens.export',
    http: ['GET', '/tokens.csv'],
    summary: 'gives the tokens with their devices and whoever holds them as a file for spreadsheets',
    input: exportTokensCall,
    download: ['text/csv'],
    run: async (parts, asked, by) => {
      const now = parts.clock.now()
      await parts.store.write((tx) => record(tx, { at: now, kind: 'tokens-exported', by }))
      return {
        type: 'text/csv; charset=utf-8',
        name: `tokens-${timestamp(now).slice(0, 10)}.csv`,
        chunks: exportTokens(parts, { ...asked, now }),
      }
    },
  }),
  act({
    name: 'tokens.list',
    http: ['GET', '/users/:id/tokens'],
    summary: 'shows a person’s tokens with their devices',
    input: ofUser,
    output: tokenEntries,
    cli: {
      name: 'token list',
      operands: ['username'],
      input: personNamed,
      json: ({ tokens }) => ({ tokens: tokens.map(({ device, ...token }) => ({ ...token, device: device.id })) }),
      lines: ({ tokens }, { username }) =>
        tokens.length === 0
          ? [`${username} has no token.`]
          : table(
              tokens.map(({ id, state, label, unlock, approval, device }) => [
                id,
                state,
                label,
                unlock,
                approval,
                device.name,
              ]),
            ),
    },
    run: async ({ store }, { id }) => {
      await knownUser(store.read, id)
      return { tokens: (await tokensWithDevices(store.read, id)).map(view) }
    },
  }),
  act({
    name: 'tokens.suspend',
    http: ['POST', '/tokens/:id/suspend'],
    summary: 'keeps a token from approving, until it is resumed',
    helps: true,
    input: tokenDeed,
    cli: { name: 'token suspend', operands: ['id'], options: WHY, lines: (_output, { id }) => [`Suspended ${id}.`] },
    run: (parts, { id, reason }, actor) => suspendToken(parts, id, { actor, reason }),
  }),
  act({
    name: 'tokens.resume',
    http: ['POST', '/tokens/:id/resume'],
    summary: 'lets a suspended token approve again',
    dangerous: true,
    helps: true,
    input: tokenDeed,
    cli: { name: 'token resume', operands: ['id'], options: WHY, lines: (_output, { id }) => [`Resumed ${id}.`] },
    run: (parts, { id, reason }, actor) => resumeToken(parts, id, { actor, reason }),
  }),
  act({
    name: 'tokens.revoke',
    http: ['POST', '/tokens/:id/revoke'],
    summary: 'takes a token away; its device can’t approve with it any more, and what asks as its person ends',
    helps: true,
    input: tokenDeed,
    cli: {
      name: 'token revoke',
      operands: ['id'],
      options: WHY,
      lines: (_output, { id }) => [`Revoked ${id}.`],
    },
    run: (parts, { id, reason }, actor) => revokeToken(parts, { token: id, by: { actor, reason } }),
  }),
  act({
    name: 'devices.remove',
    http: ['POST', '/devices/:id/remove'],
    summary: 'takes a device away with all its tokens; what asks as its people ends with it',
    helps: true,
    input: removeDeviceCall,
    cli: { name: 'device remove', operands: ['id'], options: WHY, lines: (_output, { id }) => [`Removed ${id}.`] },
    run: (parts, { id, reason }, actor) => removeDevice(parts, { device: id, by: { actor, reason } }),
  }),
]
