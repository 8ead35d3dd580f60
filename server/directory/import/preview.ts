// What a file of people would change, or what is wrong in it; nothing is written.
import type { ImportPreview, PlannedChange } from '../../../protocol/operator-api/user-import.ts'
import { Problem } from '../../../protocol/problems.ts'
import type { Store } from '../../store/store.ts'
import { addUp, groupIds, type Plan, planLines } from './plan.ts'
import { Faults, readFile } from './read.ts'
import { letOthers } from './rest.ts'

const SHOWN = 100
const LINES_AT_ONCE = 500

type Seen = Pick<ImportPreview, 'added' | 'changed' | 'unchanged'> & { add: PlannedChange[]; change: PlannedChange[] }

/** @param isGone whether nobody waits for it any more @throws {Problem} malformed then: no answer reaches them */
export async function previewImport(
  { store }: { store: Store },
  file: string,
  isGone: () => boolean,
): Promise<ImportPreview> {
  const faults = new Faults()
  const rest = async () => {
    await letOthers()
    if (isGone()) throw new Problem('malformed', { detail: 'The caller has left.' })
  }
  const lines = await readFile(file, faults, rest)
  const groups = await groupIds(store.read)
  const seen: Seen = { added: 0, changed: 0, unchanged: 0, add: [], change: [] }
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
    note(seen, await planLines(store.read, lines.slice(at, at + LINES_AT_ONCE), { groups, faults }))
    await rest()
  }
  const { add, change, ...counts } = seen
  const changes = [...change, ...add].slice(0, SHOWN).sort((a, b) => a.line - b.line)
  return { ...counts, faultCount: faults.count, ignored: faults.ignored, faults: faults.first, changes }
}

/** Of all that would happen only what is shown is kept. */
function note(seen: Seen, plan: Plan): void {
  addUp(seen, plan)
  for (const { line, members, ...one } of plan.changes.slice(0, SHOWN - seen.change.length))
    seen.change.push(shown(line, line.name || one.seen.display_name, 'change', members))
  for (const { line } of plan.additions.slice(0, SHOWN - seen.add.length))
    seen.add.push(shown(line, line.name || line.username, 'add', []))
}

function shown(
  { line, username }: { line: number; username: string },
  displayName: string,
  deed: PlannedChange['deed'],
  members: string[],
): PlannedChange {
  return { line, username, displayName, deed, members }
}
