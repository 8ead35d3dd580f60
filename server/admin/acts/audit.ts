// What happened: to read, to take away, and to be sure of.
import { parseJws } from '../../../protocol/jws.ts'
import { timestamp } from '../../../protocol/login-request.ts'
import {
  type AuditEntryView,
  auditHead,
  auditKinds,
  auditList,
  exportAuditCall,
  listAuditCall,
  verifiedAudit,
  verifyAuditCall,
} from '../../../protocol/operator-api/audit.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import type { Entry, Evidence } from '../../audit/chain/content.ts'
import { faultOfEvidence } from '../../audit/chain/evidence.ts'
import { chainHead, entryOf } from '../../audit/chain/seal.ts'
import { exportAudit, verifyStore } from '../../audit/export.ts'
import { type AuditRow, filterMeant, listAudit, namesIn } from '../../audit/list.ts'
import { ENTRIES, record, SECURITY_EVENTS } from '../../audit/record.ts'
import { act, downloadAct } from '../act.ts'
import { AUDIT_FILTER } from '../typed/filters.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

function view(row: AuditRow): AuditEntryView {
  const entry = entryOf(row, row.evidence === null ? null : (JSON.parse(row.evidence) as Evidence))
  const { evidence, ...rest } = entry
  return {
    id: String(row.position),
    hash: row.hash,
    ...rest,
    erased: Object.keys(JSON.parse(row.erased ?? '{}') as object).sort(),
    evidence: evidence?.jws === undefined ? null : said(entry, evidence.jws, evidence.device),
  }
}

function said(entry: Entry, jws: string, device: string | undefined): AuditEntryView['evidence'] {
  const verdict = String(parseJws(jws)?.payload.verdict ?? '')
  return { device: device ?? null, verdict, holds: faultOfEvidence(entry) === undefined, jws }
}

export const auditActs = [
  act({
    name: 'audit.list',
    http: ['GET', '/audit'],
    summary: 'shows what happened, newest first, fifty entries at a time',
    input: listAuditCall,
    output: auditList,
    cli: {
      name: 'audit list',
      operands: [],
      options: { ...AUDIT_FILTER, cursor: CURSOR },
      lines: ({ entries, names, next }) => [
        ...(entries.length === 0
          ? ['Nothing.']
          : table(
              entries.map(({ at, kind, user, application, detail, id }) => [
                at,
                kind,
                user === null ? '' : (names[user] ?? user),
                application === null ? '' : (names[application] ?? application),
                typeof detail.act === 'string' ? detail.act : '',
                `#${id}`,
              ]),
            )),
        ...more(next),
      ],
    },
    run: async (parts, asked) => {
      const { rows, next } = await listAudit(parts, await filterMeant(parts.store.read, asked), asked.cursor)
      return { entries: rows.map(view), names: await namesIn(parts.store.read, rows), next }
    },
  }),
  act({
    name: 'audit.kinds',
    http: ['GET', '/audit/kinds'],
    summary: 'shows which kinds of entries there are',
    input: nothing,
    output: auditKinds,
    cli: {
      name: 'audit kinds',
      operands: [],
      lines: ({ kinds }) => table(kinds.map(({ kind, isSecurityEvent }) => [kind, isSecurityEvent ? 'event' : ''])),
    },
    run: async () => ({
      kinds: [
        ...SECURITY_EVENTS.map((kind) => ({ kind, isSecurityEvent: true })),
        ...ENTRIES.map((kind) => ({ kind, isSecurityEvent: false })),
      ],
    }),
  }),
  downloadAct({
    name: 'audit.export',
    http: ['GET', '/audit/export'],
    summary: 'gives the audit log as a file: JSON lines that can be verified, or CSV',
    input: exportAuditCall,
    download: ['application/jsonl', 'text/csv'],
    run: async (parts, { format = 'jsonl', ...asked }, by) => {
      const now = parts.clock.now()
      const filter = await filterMeant(parts.store.read, asked)
      await parts.store.write((tx) => record(tx, { at: now, kind: 'audit-exported', by, detail: { format } }))
      return {
        type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
        name: `audit-${timestamp(now).slice(0, 10)}.${format}`,
        chunks: exportAudit(parts, format, filter),
      }
    },
  }),
  act({
    name: 'audit.head',
    http: ['GET', '/audit/head'],
    summary: 'shows how far the chain goes, signed: to be kept elsewhere',
    input: nothing,
    output: auditHead,
    cli: {
      name: 'audit head',
      operands: [],
      lines: ({ head, position, at, thumbprint }) => [
        `${position} entries on ${at}, signed by the key ${thumbprint}. Keep this elsewhere:`,
        '',
        head,
      ],
    },
    run: async (parts) => {
      const { head, position, hash } = await chainHead(parts)
      const { iat } = parseJws(head)?.payload ?? {}
      return { head, position, hash, at: timestamp(Number(iat) * 1000), thumbprint: parts.auditSigner.thumbprint }
    },
  }),
  act({
    name: 'audit.verify',
    http: ['GET', '/audit/verify'],
    summary: 'follows the chain and checks every signature in it',
    input: verifyAuditCall,
    output: verifiedAudit,
    run: async (parts, { last, head }) =>
      verifyStore(parts, head === undefined ? {} : { head }, last === undefined ? undefined : Number(last)),
  }),
]
