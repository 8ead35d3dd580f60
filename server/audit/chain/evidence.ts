// The decision behind an entry: found when it is sealed, and checked by whoever verifies.
import { hash } from 'node:crypto'
import type { DeviceId } from '../../../protocol/ids.ts'
import { parseJws } from '../../../protocol/jws.ts'
import { prepared } from '../../store/prepared.ts'
import type { Db } from '../../store/schema.ts'
import type { Entry, Evidence } from './content.ts'
import { verifiesBy } from './mark.ts'

type About = { seq: number; device_id: DeviceId | null; detail: string; evidence: string | null }

/** Whoever signs in meanwhile asks on the same connections, and waits for no more than these. */
const AT_ONCE = 50

/** @returns by `seq`; entries name their decision by the device and the `jti` that it chose */
export async function evidenceFor(db: Db, rows: readonly About[]): Promise<Map<number, Evidence>> {
  const found = new Map<number, Evidence>()
  const wanted = rows.flatMap(({ seq, device_id, detail, evidence }) => {
    if (evidence !== null) found.set(seq, JSON.parse(evidence) as Evidence)
    if (evidence !== null) return []
    const { decision } = JSON.parse(detail) as { decision?: unknown }
    return device_id && typeof decision === 'string' ? [{ seq, device: device_id, jti: decision }] : []
  })
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted.slice(at, at + AT_ONCE).map(async (one) => ({ ...one, ...(await decision(db, one)) }))
    for (const { seq, rows } of await Promise.all(some)) {
      const [row] = rows
      if (!row) continue
      // Empty where the person is being removed.
      const binding = row.binding === '' ? {} : { binding: row.binding }
      found.set(seq, { jws: row.jws, ...binding, key: row.key, device: row.name })
    }
  }
  return found
}

const decision = prepared((db, { device, jti }: { device: DeviceId; jti: string }) =>
  db
    .selectFrom('decisions')
    .innerJoin('devices', 'devices.id', 'decisions.device_id')
    .select(['decisions.jws', 'decisions.binding', 'devices.key', 'devices.name'])
    .where('decisions.device_id', '=', device)
    .where('decisions.jti', '=', jti),
)

/** The verdict that a device must have signed for such an entry. */
const VERDICTS: Readonly<Record<string, readonly unknown[]>> = {
  approved: ['approve'],
  denied: ['deny', 'report', 'approve'],
  report: ['report'],
  'approved-by-mistake': ['report'],
  'wrong-number': ['approve'],
}
/** A device that was told another number than it typed signed, rightly, something else than was asked. */
const MISMATCHES: readonly unknown[] = ['wrong_number', 'wrong_passcode']

/** @returns what is wrong with it; undefined where all that is still there agrees */
export function faultOfEvidence(entry: Entry): string | undefined {
  const { evidence } = entry
  if (!evidence?.jws || !evidence.key) return undefined
  const said = parseJws(evidence.jws)
  if (!said || !verifiesBy(parsed(evidence.key), said)) return 'the decision is not signed by its device’s key'
  const { payload, header } = said
  if (header.kid !== entry.device) return 'the decision is another device’s'
  if (payload.request !== entry.request && entry.kind !== 'cancelled') return 'the decision is about another request'
  const verdicts = Object.hasOwn(VERDICTS, entry.kind) ? VERDICTS[entry.kind] : undefined
  if (verdicts && !verdicts.includes(payload.verdict)) return 'the decision says something else'
  const mayDiffer = entry.kind === 'wrong-number' || MISMATCHES.includes(entry.detail.reason)
  if (evidence.binding === undefined || mayDiffer) return undefined
  const bound = hash('sha256', evidence.binding, 'base64url')
  return payload.binding === bound ? undefined : 'the decision was made about something else'
}

function parsed(key: string): unknown {
  try {
    return JSON.parse(key)
  } catch {
    return undefined
  }
}
