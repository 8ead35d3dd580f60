// The audit log as a file: JSON lines, which can be verified, or CSV, for spreadsheets.
import { csvLine } from '../../protocol/csv.ts'
import { type FollowNeeds, followChain } from './chain/follow.ts'
import { beyond, type Place } from './chain/furthest.ts'
import type { EntryLine } from './chain/lines.ts'
import { chainRow } from './chain/rows.ts'
import { type SealNeeds, sealEntries } from './chain/seal.ts'
import type { Expected, Verified } from './chain/verified.ts'
import { verifyChain } from './chain/verify.ts'
import type { AuditFilter } from './filter.ts'

export type ExportFormat = 'jsonl' | 'csv'
export type ExportNeeds = FollowNeeds & SealNeeds

export async function* exportAudit(
  needs: ExportNeeds,
  format: ExportFormat,
  filter: AuditFilter,
): AsyncGenerator<string> {
  await sealEntries(needs)
  const lines = followChain(needs, await rangeOf(needs, filter), filter, namedFilter(filter))
  if (format === 'csv') yield csvLine(COLUMNS)
  for await (const line of lines) {
    if (format === 'jsonl') yield `${JSON.stringify(line)}\n`
    else if (line.type === 'entry') yield csvLine(cells(line))
  }
}

/** @param last only so many of the newest; the whole chain where absent */
export async function verifyStore(needs: ExportNeeds, expected: Expected = {}, last?: number): Promise<Verified> {
  await sealEntries(needs)
  const whole = await rangeOf(needs, {})
  const from = last === undefined ? whole.from : Math.max(whole.from, whole.to - last + 1)
  const verified = await verifyChain(followChain(needs, { from, to: whole.to }), expected)
  const lost = needs.furthest?.lost ?? (await beyond(needs.store.read, { position: whole.to }))
  return verified.ok && lost ? { ...verified, ok: false, fault: takenBack(lost) } : verified
}

const takenBack = ({ position }: Place) => ({
  kind: 'truncated' as const,
  position,
  detail: 'The chain went further before: entries up to this one were there, and are gone.',
})

/** Places in the chain between which all that is asked for stands. */
async function rangeOf({ store }: FollowNeeds, { from, to }: AuditFilter): Promise<{ from: number; to: number }> {
  const chain = await chainRow(store.read)
  const cut = await store.read
    .selectFrom('audit_cuts')
    .select(({ fn }) => fn.max('position').as('at'))
    .executeTakeFirst()
  const whole = { from: (cut?.at ?? 0) + 1, to: chain?.position ?? 0 }
  const { read } = store
  const first =
    from === undefined
      ? undefined
      : await read
          .selectFrom('audit_seals')
          .select(({ fn }) => fn.min('position').as('at'))
          .where('at', '>=', from)
          .executeTakeFirst()
  const last =
    to === undefined
      ? undefined
      : await read
          .selectFrom('audit_seals')
          .select(({ fn }) => fn.max('position').as('at'))
          .where('at', '<', to)
          .executeTakeFirst()
  const end = last ? (last.at ?? whole.from - 1) : whole.to
  return { from: first ? (first.at ?? end + 1) : whole.from, to: end }
}

function namedFilter({ from, to, ...rest }: AuditFilter): Record<string, string> {
  const times = { from, to }
  const named = Object.entries(times).flatMap(([name, at]) =>
    at === undefined ? [] : [[name, new Date(at).toISOString()] as const],
  )
  const others = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return Object.fromEntries([...named, ...others])
}

const COLUMNS = [
  'position',
  'at',
  'kind',
  'user',
  'request',
  'device',
  'application',
  'actor',
  'act',
  'detail',
  'signed',
  'hash',
]

function cells(line: EntryLine): string[] {
  const { position, at, kind, user, request, device, application, actor, detail, evidence, hash } = line
  return [
    String(position),
    at,
    kind,
    user ?? '',
    request ?? '',
    device ?? '',
    application ?? '',
    actor ?? '',
    typeof detail.act === 'string' ? detail.act : '',
    JSON.stringify(detail),
    evidence?.jws ?? '',
    hash,
  ]
}
