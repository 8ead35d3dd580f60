// A file of people: checked whole before anything is written, then written in steps that nobody else notices.
import type { RandomBytes } from '../../../protocol/ids.ts'
import type { BrokenOff, Imported } from '../../../protocol/operator-api/user-import.ts'
import { Problem } from '../../../protocol/problems.ts'
import type { Actor } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import type { Clock } from '../../clock.ts'
import type { Logger } from '../../log.ts'
import { orNotUnique } from '../../store/not-unique.ts'
import type { Store } from '../../store/store.ts'
import { unlessOvertaken, untilWon } from '../../store/until-won.ts'
import { addUp, type GroupIds, groupIds, knownGroups, type Plan, planLines } from './plan.ts'
import { Faults, type ImportLine, readFile } from './read.ts'
import { letOthers } from './rest.ts'
import { writeStep } from './write-step.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes; log: Logger; stopping: AbortSignal }
type Run = Needs & { groups: GroupIds; by: Actor }

/** The embedded store does nothing else while it writes them: some 25 ms. Fewer would write most pages of its indexes oftener. */
const LINES_AT_ONCE = 250

/**
 * Whoever is not in the file stays as they are, and nobody is taken out of a group. What has begun goes on when its
 * caller leaves, and ends when the server stops; the same file once more does what is left of it.
 * @param rest between two steps
 * @throws {Problem} invalid: nothing was written · import-broken-off: some of it was, see `BrokenOff`
 */
export async function importUsers(needs: Needs, file: string, by: Actor, rest = letOthers): Promise<Imported> {
  const groups = await groupIds(needs.store.read)
  const lines = await rightLines(file, groups)
  const run = { ...needs, groups, by }
  const done: BrokenOff = { added: 0, changed: 0, unchanged: 0, line: 1 }
  try {
    for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
      if (needs.stopping.aborted) throw new Problem('unavailable', { headers: { 'Retry-After': '1' } })
      const some = lines.slice(at, at + LINES_AT_ONCE)
      addUp(done, await writeLines(run, some))
      done.line = some.at(-1)?.line ?? done.line
      await rest()
    }
    await note(run, done)
  } catch (error) {
    if (done.added + done.changed === 0) throw error
    throw await brokenOff(run, done, error)
  }
  return countsOf(done)
}

/** @throws {Problem} invalid */
async function rightLines(file: string, groups: GroupIds): Promise<ImportLine[]> {
  const faults = new Faults()
  const lines = await readFile(file, faults)
  for (const line of lines) knownGroups(line, groups, faults)
  if (faults.count > 0) throw refusal(faults)
  return lines
}

/** By line and column: `/17/email`. */
function refusal({ first, count }: Faults): Problem {
  const errors = Object.fromEntries(first.map(({ line, column, message }) => [`/${line}/${column ?? ''}`, message]))
  const detail = count === 1 ? 'One line is not right; nothing was imported.' : `${count} faults; nothing was imported.`
  return new Problem('invalid', { detail, members: { errors } })
}

/** Compared anew where somebody else was quicker in between. */
function writeLines({ store, clock, random, groups, by }: Run, lines: readonly ImportLine[]): Promise<Plan> {
  return untilWon(async () => {
    const plan = await planLines(store.read, lines, { groups, faults: new Faults() })
    if (plan.additions.length + plan.changes.length === 0) return plan
    const work = store.write(async (tx) => {
      await writeStep(tx, plan, { at: clock.now(), by, random })
      return plan
    })
    return unlessOvertaken(orNotUnique(work))
  })
}

const countsOf = ({ added, changed, unchanged }: BrokenOff): Imported => ({ added, changed, unchanged })

async function note({ store, clock, by }: Run, done: BrokenOff, brokenOff?: { brokenOffAfterLine: number }) {
  if (done.added + done.changed === 0) return
  const detail = { ...countsOf(done), ...brokenOff }
  await store.write((tx) => record(tx, { at: clock.now(), kind: 'users-imported', by, detail }))
}

/** What was written has been acknowledged to nobody, and stands: whoever asked is told how far it is. */
async function brokenOff(run: Run, done: BrokenOff, error: unknown): Promise<Problem> {
  run.log.error({ err: error, ...done }, 'an import of people broke off')
  // Each person's own entry stands already; where the store is gone this one can't.
  await note(run, done, { brokenOffAfterLine: done.line }).catch(() => undefined)
  const { line, added, changed } = done
  const detail = `Up to line ${line} it is done: ${added} were added, ${changed} changed. Import the same file again for the rest.`
  return new Problem('import-broken-off', { detail, members: done, headers: { 'Retry-After': '1' } })
}
