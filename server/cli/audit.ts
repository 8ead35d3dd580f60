// `audit verify`, which needs no installation where it is given a file, and `audit export`.
import { createReadStream, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import * as z from 'zod/mini'
import { auditFilter } from '../../protocol/operator-api/audit.ts'
import { Problem } from '../../protocol/problems.ts'
import { AUDIT_FILTER } from '../admin/typed/filters.ts'
import type { Expected, Verified } from '../audit/chain/verified.ts'
import { verifyChain } from '../audit/chain/verify.ts'
import { exportAudit, verifyStore } from '../audit/export.ts'
import { filterMeant } from '../audit/list.ts'
import { command } from './command.ts'

export const auditVerify = command({
  name: 'audit verify',
  operands: [],
  optional: 'file',
  summary: 'follows the chain of an exported file, or of the store, and says where it first is not what it was',
  options: {
    head: { value: 'HEAD', about: 'a signed head kept elsewhere, or a file with it: the chain must hold it' },
    key: { value: 'THUMBPRINT', about: 'of the key that must have signed' },
  },
  input: z.object({ file: z.optional(z.string()), head: z.optional(z.string()), key: z.optional(z.string()) }),
  run: async ({ file, head, key }, room) => {
    const expected: Expected = {
      ...(head === undefined ? {} : { head: await headOf(head) }),
      ...(key === undefined ? {} : { thumbprint: key }),
    }
    const verified = file === undefined ? await ofStore(room, expected) : await verifyChain(linesOf(file), expected)
    const isBound = head !== undefined || key !== undefined
    return { ok: verified.ok, json: { ...verified, compared: isBound }, lines: told(verified, isBound) }
  },
})

type Parts = Parameters<typeof verifyStore>[0]
type WithParts = { withParts<T>(work: (parts: Parts) => Promise<T>): Promise<T> }

const ofStore = (room: WithParts, expected: Expected) => room.withParts((parts) => verifyStore(parts, expected))

/** A compact JWS, or a file that holds one somewhere. */
async function headOf(given: string): Promise<string> {
  const jws = /[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/
  const text = jws.test(given) ? given : await readFile(given, 'utf8').catch(() => '')
  const found = jws.exec(text)?.[0]
  if (found === undefined) throw new Problem('invalid', { detail: 'There is no signed head in what --head names.' })
  return found
}

async function* linesOf(file: string): AsyncGenerator<unknown> {
  const input = createReadStream(file, 'utf8')
  const opened = new Promise<void>((resolve, reject) => input.once('open', () => resolve()).once('error', reject))
  const isFile = await opened.then(() => statSync(file).isFile()).catch(() => false)
  if (!isFile) {
    input.destroy()
    throw new Problem('invalid', { detail: `${file} is no file that can be read.` })
  }
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield parsed(line)
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Attack stopped: a log that was made up whole and signed by another key. */
const UNCOMPARED = [
  'Only by itself: it holds by the key that it brings along, and whoever makes a log up can make a key up too.',
  'Compare that key with the one that the console shows under Audit, or give --key, and --head for what must be in it.',
]

function told(verified: Verified, isBound: boolean): string[] {
  const { ok, fault, from, to, entries, omitted, filter, decisions, erased, unexplained, thumbprint } = verified
  if (!ok) {
    const where = fault?.position == null ? '' : ` at entry ${fault.position}`
    return [`Not as it was: ${fault?.kind}${where}. ${fault?.detail}`]
  }
  if (entries + omitted === 0) return ['As it was: no entries.']
  return [
    `As it was: entries ${from} to ${to}, ${entries - erased} of them with all they say, ${erased} with what was left when people were erased, ${omitted} by their hashes.`,
    ...narrowed(filter ?? {}),
    ...(unexplained === 0 ? [] : [olderText(unexplained)]),
    `${decisions} decisions are signed by their devices.`,
    `Signed by the key ${thumbprint}.`,
    ...(isBound ? [] : UNCOMPARED),
  ]
}

const olderText = (count: number) =>
  `${count} of these do not say why something was erased: they predate that record. Whether it was erased rightly is not known.`

/** Nobody takes a part for the whole. */
function narrowed(filter: Record<string, string>): string[] {
  const named = Object.entries(filter).map(([name, value]) => `${name} ${value}`)
  return named.length === 0 ? [] : [`It is a part of the log: exported with ${named.join(', ')}.`]
}

export const auditExport = command({
  name: 'audit export',
  operands: [],
  summary: 'writes the audit log to standard output, as JSON lines that can be verified, or as CSV',
  options: { format: { value: 'jsonl|csv', about: 'jsonl if absent' }, ...AUDIT_FILTER },
  input: z.extend(auditFilter, { format: z.optional(z.enum(['jsonl', 'csv'])) }),
  run: async ({ format = 'jsonl', ...asked }, room) => {
    await room.withParts(async (parts) => {
      const filter = await filterMeant(parts.store.read, asked)
      for await (const chunk of exportAudit(parts, format, filter)) room.terminal.print(chunk.replace(/\r?\n$/, ''))
    })
    return undefined
  },
})
