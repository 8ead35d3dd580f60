// `token export`: tokens as a file of spreadsheets.
import { exportTokensCall } from '../../protocol/operator-api/tokens.ts'
import { exportTokens } from '../devices/export-tokens.ts'
import { command } from './command.ts'

export const tokenExport = command({
  name: 'token export',
  operands: [],
  summary: 'writes the tokens with their devices and whoever holds them to standard output, as CSV',
  options: {
    search: { value: 'TEXT', about: 'only of people of whose names one begins with it' },
    device: { value: 'TEXT', about: 'only on devices whose name begins with it' },
    state: { value: 'active|suspended|revoked', about: 'only those' },
    only: { value: 'unsubscribed|unused', about: 'only those that push does not reach, or unused for 90 days' },
  },
  input: exportTokensCall,
  run: async (asked, room) => {
    await room.withParts(async (parts) => {
      const chunks = exportTokens(parts, { ...asked, now: parts.clock.now() })
      for await (const chunk of chunks) room.terminal.print(chunk.replace(/\r?\n$/, ''))
    })
    return undefined
  },
})
