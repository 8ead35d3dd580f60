// `token export`: tokens as a file of spreadsheets.
import { exportTokensCall } from '../../protocol/operator-api/tokens.ts'
import { TOKEN_FILTER } from '../admin/typed/filters.ts'
import { exportTokens } from '../devices/export-tokens.ts'
import { command } from './command.ts'

export const tokenExport = command({
  name: 'token export',
  operands: [],
  summary: 'writes the tokens with their devices and whoever holds them to standard output, as CSV',
  options: TOKEN_FILTER,
  input: exportTokensCall,
  run: async (asked, room) => {
    await room.withParts(async (parts) => {
      const chunks = exportTokens(parts, { ...asked, now: parts.clock.now() })
      for await (const chunk of chunks) room.terminal.print(chunk.replace(/\r?\n$/, ''))
    })
    return undefined
  },
})
