// Signs of an attack in the latest requests.
import { timestamp } from '../../protocol/login-request.ts'
import { contextOf, type SeenRequest } from './live.ts'

const SHOWN = 20
const FOLLOWS_MS = 60 * 60 * 1000
const MANY_DENIALS = 3

const personOf = ({ user_id, username }: SeenRequest) => ({ id: user_id, username })

/** Attack seen: somebody is asked until they give in. @param rows newest first */
export function approvedAfterDenial(rows: readonly SeenRequest[]) {
  const denied = new Map<string, number>()
  const found: { id: SeenRequest['user_id']; username: string; at: string }[] = []
  for (const row of rows.toReversed()) {
    const at = row.settled_at ?? row.created_at
    if (row.state === 'denied') denied.set(row.user_id, at)
    const before = denied.get(row.user_id)
    if (row.state !== 'approved' || before === undefined || at - before > FOLLOWS_MS) continue
    found.push({ ...personOf(row), at: timestamp(at) })
  }
  return found.toReversed().slice(0, SHOWN)
}

/** Most denials first. */
export function denying(rows: readonly SeenRequest[]) {
  const denied = Map.groupBy(
    rows.filter((row) => row.state === 'denied'),
    (row) => row.user_id,
  )
  return [...denied.values()]
    .flatMap((those) =>
      those[0] && those.length >= MANY_DENIALS ? [{ ...personOf(those[0]), denials: those.length }] : [],
    )
    .sort((a, b) => b.denials - a.denials)
    .slice(0, SHOWN)
}

export function fromWhere(rows: readonly SeenRequest[]) {
  return {
    networks: most(rows.flatMap((row) => networkOf(contextOf(row).ip))).map(([network, requests]) => ({
      network,
      requests,
    })),
    applications: most(rows.map((row) => row.application_name)).map(([name, requests]) => ({ name, requests })),
  }
}

function networkOf(ip: string | undefined): string[] {
  if (ip === undefined) return []
  if (!ip.includes(':')) return [`${ip.split('.').slice(0, 3).join('.')}.0/24`]
  return [ip]
}

function most(names: readonly string[]): [string, number][] {
  const counted = [...Map.groupBy(names, (name) => name)].map(([name, those]): [string, number] => [name, those.length])
  return counted.sort((a, b) => b[1] - a[1]).slice(0, 5)
}
