// `user import` and `user export`: people as files of spreadsheets.
import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import { exportUsers } from '../directory/export.ts'
import { knownGroupByName } from '../directory/groups.ts'
import { importUsers } from '../directory/import/apply.ts'
import { previewImport } from '../directory/import/preview.ts'
import { command } from './command.ts'

const REST_MS = 25
const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'users.import' } as const

export const userImport = command({
  name: 'user import',
  operands: ['file'],
  summary: 'adds and changes people by a CSV file, in steps; nothing where a line is not right',
  options: { preview: { about: 'only says what would change, and what is wrong by line and column' } },
  input: z.object({ file: z.string(), preview: z.optional(z.boolean()) }),
  run: async ({ file, preview }, room) => {
    const text = await textOf(file)
    if (!preview) {
      const counts = await room.withParts((parts) =>
        // The server waits for the file's lock in one piece: it is left free for longer than such a wait sleeps.
        importUsers(parts, text, BY, () => parts.clock.after(REST_MS)),
      )
      return { json: counts, lines: [`Added ${counts.added}, changed ${counts.changed}; ${counts.unchanged} were so.`] }
    }
    const seen = await room.withParts((parts) => previewImport(parts, text, () => false))
    const faults = seen.faults.map(
      ({ line, column, message }) => `Line ${line}${column ? `, ${column}` : ''}: ${message}`,
    )
    const sum = `Would add ${seen.added}, change ${seen.changed}, and leave ${seen.unchanged} as they are.`
    const lines = seen.faultCount === 0 ? [sum] : [...faults, `${seen.faultCount} faults: nothing would be imported.`]
    return { ok: seen.faultCount === 0, json: seen, lines }
  },
})

/** @throws {Problem} invalid */
async function textOf(file: string): Promise<string> {
  const refused = (what: string) =>
    new Problem('invalid', { detail: `The file ${what}.`, members: { errors: { '/file': what } } })
  const bytes = await readFile(file).catch(() => {
    throw refused('can’t be read')
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refused('is not UTF-8')
  }
}

export const userExport = command({
  name: 'user export',
  operands: [],
  summary: 'writes the people of the directory to standard output, as CSV',
  options: {
    group: { value: 'NAME', about: 'only who belongs to this group' },
    state: { value: 'active|suspended', about: 'only those' },
  },
  input: z.object({
    group: z.optional(z.string()),
    state: z.optional(z.enum(['active', 'suspended'], 'must be active or suspended')),
  }),
  run: async ({ group: name, state }, room) => {
    await room.withParts(async (parts) => {
      const group = name === undefined ? undefined : await knownGroupByName(parts.store.read, name)
      const chunks = exportUsers(parts, { state, group: group?.id })
      for await (const chunk of chunks) room.terminal.print(chunk.replace(/\r?\n$/, ''))
    })
    return undefined
  },
})
