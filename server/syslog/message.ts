// An entry of the audit log as a syslog message (RFC 5424), framed by its length (RFC 6587 §3.4.1).
import type { Entry } from '../audit/chain/content.ts'
import { SECURITY_EVENTS } from '../audit/record.ts'

/** 'log audit' */
const FACILITY = 13
const WARNING = 4
const INFORMATIONAL = 6
const ALARMS: ReadonlySet<string> = new Set(SECURITY_EVENTS)
/** What marks the text as UTF-8. */
const BOM = '\ufeff'

export type PlacedEntry = Omit<Entry, 'evidence'> & { position: number; hash: string }

/** @param host as the organisation's systems call this installation */
export function syslogFrame(entry: PlacedEntry, host: string): Buffer {
  const severity = ALARMS.has(entry.kind) ? WARNING : INFORMATIONAL
  const { at, kind, ...rest } = entry
  const header = `<${FACILITY * 8 + severity}>1 ${at} ${printable(host, 255)} countersign - ${printable(kind, 32)} -`
  const message = Buffer.from(`${header} ${BOM}${JSON.stringify({ at, kind, ...rest })}`)
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

/** Header fields are ASCII without blanks, and never empty. */
const printable = (text: string, most: number) => text.replace(/[^\x21-\x7e]/g, '').slice(0, most) || '-'
