// A line of the audit log as a file has it, and one of which somebody took something out.
import { commitment, type Entry, membersOf, type Salts, saltsOf } from '../../server/audit/chain/content.ts'

export type Line = Record<string, unknown> & {
  type: string
  position: number
  kind: string
  detail: Record<string, unknown>
}

/** As somebody would do it who wants the hash to stay: the commitments of what is taken out are all that is left. */
export function blanked(line: Line, ...names: string[]): Line {
  const { salts, erased, ...entry } = line as unknown as Entry & { salts: Salts; erased: object | null }
  const members = membersOf(entry)
  const gone = names.length > 0 ? names : Object.keys(members)
  const left = (group: string, of: object | null) =>
    of && Object.fromEntries(Object.entries(of).filter(([name]) => !gone.includes(`${group}/${name}`)))
  const saltOf = saltsOf(salts)
  const kept = Object.keys(members).filter((name) => !gone.includes(name))
  const commitments = gone.map((name) => [name, commitment(saltOf(name) ?? '', members[name])])
  return {
    ...line,
    detail: left('detail', entry.detail) ?? {},
    evidence: left('evidence', entry.evidence),
    salts: Object.fromEntries(kept.map((name) => [name, saltOf(name)])),
    erased: { ...erased, ...Object.fromEntries(commitments) },
  }
}
