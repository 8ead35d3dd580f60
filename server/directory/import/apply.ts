// A file of people, all of it or nothing: one transaction, in statements of many rows each.
import { type GroupId, newId, type RandomBytes, type UserId } from '../../../protocol/ids.ts'
import type { Imported, ImportPreview } from '../../../protocol/operator-api/user-import.ts'
import { Problem } from '../../../protocol/problems.ts'
import type { Actor } from '../../audit/actor.ts'
import { type AuditEntry, record, recordAll } from '../../audit/record.ts'
import type { Clock } from '../../clock.ts'
import { orNotUnique } from '../../store/not-unique.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { untilWon } from '../../store/until-won.ts'
import { isMoved, noteMoved } from '../address-news.ts'
import { insertMembers, noteMembersChanged } from '../members.ts'
import { insertUsers, type UserRow, updateUser } from '../rows.ts'
import { type Addition, type Change, type Plan, planImport } from './plan.ts'
import { Faults, readFile } from './read.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes }

const SHOWN = 100
const ROWS_AT_ONCE = 500

export async function previewImport({ store }: Pick<Needs, 'store'>, file: string): Promise<ImportPreview> {
  const faults = new Faults()
  const plan = await planImport(store.read, await readFile(file, faults), faults)
  const shown = (deed: 'add' | 'change') => (one: Addition | Change) => ({
    line: one.line.line,
    username: one.line.username,
    displayName: one.line.name || ('seen' in one ? one.seen.display_name : one.line.username),
    deed,
    members: 'members' in one ? one.members : [],
  })
  return {
    ...countsOf(plan),
    faultCount: faults.count,
    ignored: faults.ignored,
    faults: faults.first,
    changes: [...plan.changes.slice(0, SHOWN).map(shown('change')), ...plan.additions.slice(0, SHOWN).map(shown('add'))]
      .slice(0, SHOWN)
      .sort((a, b) => a.line - b.line),
  }
}

/** Whoever is not in the file stays as they are, and nobody is taken out of a group. @throws {Problem} invalid */
export async function importUsers(needs: Needs, file: string, by: Actor): Promise<Imported> {
  const { store } = needs
  const faults = new Faults()
  const lines = await readFile(file, faults)
  // Compared anew where somebody else was quicker in between.
  return untilWon(async () => {
    const plan = await planImport(store.read, lines, faults)
    if (faults.count > 0) throw refusal(faults)
    const counts = countsOf(plan)
    if (counts.added + counts.changed === 0) return counts
    return orNotUnique(store.write((tx) => write(tx, plan, needs, by))).catch(unlessChanged)
  })
}

const countsOf = ({ additions, changes, unchanged }: Plan): Imported => ({
  added: additions.length,
  changed: changes.length,
  unchanged,
})

/** By line and column: `/17/email`. */
function refusal({ first, count }: Faults): Problem {
  const errors = Object.fromEntries(first.map(({ line, column, message }) => [`/${line}/${column ?? ''}`, message]))
  const detail = count === 1 ? 'One line is not right; nothing was imported.' : `${count} faults; nothing was imported.`
  return new Problem('invalid', { detail, members: { errors } })
}

function unlessChanged(error: unknown): undefined {
  if (error instanceof Problem && error.slug === 'changed-meanwhile') return undefined
  throw error
}

async function write(tx: Db, plan: Plan, { clock, random }: Needs, by: Actor): Promise<Imported> {
  const at = clock.now()
  const entries: AuditEntry[] = []
  const joins: { group_id: GroupId; user_id: UserId }[] = []
  const join = (user: UserId, groups: readonly GroupId[]) => {
    for (const group of groups) {
      joins.push({ group_id: group, user_id: user })
      entries.push({ at, kind: 'group-member-added', user, by, detail: { group } })
    }
  }
  const added = plan.additions.map(({ line, groups }) => {
    const row: UserRow = newRow(newId('usr', random), line, at)
    entries.push({ at, kind: 'user-added', user: row.id, by, detail: { username: row.username } })
    join(row.id, groups)
    return row
  })
  for (const rows of inParts(added)) await insertUsers(tx, rows)
  for (const { seen, changes, members, groups } of plan.changes) {
    if (Object.keys(changes).length > 0 && !(await updateUser(tx, seen, changes, at)))
      throw new Problem('changed-meanwhile')
    entries.push({ at, kind: 'user-changed', user: seen.id, by, detail: { members } })
    join(seen.id, groups)
  }
  const moved = plan.changes.filter(({ seen, changes }) => isMoved(seen, changes)).map(({ seen }) => seen)
  for (const rows of inParts(moved)) await noteMoved(tx, rows, at)
  for (const rows of inParts(joins)) await insertMembers(tx, rows)
  await noteMembersChanged(tx, [...new Set(joins.map(({ group_id }) => group_id))], at)
  for (const some of inParts(entries)) await recordAll(tx, some)
  const counts = countsOf(plan)
  await record(tx, { at, kind: 'users-imported', by, detail: counts })
  return counts
}

function newRow(id: UserId, { username, key, name, email }: Addition['line'], at: number): UserRow {
  return {
    id,
    username,
    username_key: key,
    display_name: name || username,
    email: email ?? null,
    password_hash: null,
    created_at: at,
    state: 'active',
    version: 1,
    external_id: null,
    given_name: null,
    family_name: null,
    changed_at: at,
  }
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += ROWS_AT_ONCE) yield all.slice(at, at + ROWS_AT_ONCE)
}
