// Changes of a Group. Members are never read to be changed: however many there are, who joins and who leaves is all
// that is worked out.
import type { UserId } from '../../protocol/ids.ts'
import type { MemberChanges } from '../directory/align-group.ts'
import type { Filter } from './filter.ts'
import { memberIds } from './group-resource.ts'
import { type Operation, refusePath, refuseReadOnly } from './patch.ts'
import { Refusal } from './refusal.ts'

export type GroupChanges = { name?: string; externalId?: string | null; members?: MemberChanges }

/** @throws {Refusal} */
export function groupChanges(operations: readonly Operation[]): GroupChanges {
  const changes: GroupChanges = {}
  const members = new Movement()
  for (const operation of operations) {
    const { attribute, sub, filter } = operation.path
    if (attribute.startsWith('urn:')) continue
    refuseReadOnly(operation.path)
    if (attribute === 'members') members.apply(operation)
    else if (sub !== undefined || filter) refusePath(operation.path)
    else if (attribute === 'displayname') changes.name = nameOf(operation)
    else if (attribute === 'externalid') changes.externalId = externalIdOf(operation)
    else refusePath(operation.path)
  }
  return members.hasAny ? { ...changes, members: members.changes } : changes
}

function nameOf({ deed, value }: Operation): string {
  if (deed === 'remove') throw new Refusal(400, 'mutability', 'A group has a displayName.')
  if (typeof value !== 'string') throw new Refusal(400, 'invalidValue', 'displayName is text.')
  return value
}

function externalIdOf({ deed, value }: Operation): string | null {
  if (deed === 'remove' || value === null || value === '') return null
  if (typeof value !== 'string') throw new Refusal(400, 'invalidValue', 'externalId is text.')
  return value
}

/** One operation after another, as who is in at the end, who joins and who leaves. */
class Movement {
  hasAny = false
  private only: Set<UserId> | undefined
  private readonly join = new Set<UserId>()
  private readonly leave = new Set<UserId>()

  get changes(): MemberChanges {
    return { ...(this.only && { only: this.only }), join: this.join, leave: this.leave }
  }

  apply({ deed, path, value }: Operation): void {
    this.hasAny = true
    if (path.sub !== undefined) refusePath(path)
    if (path.filter && deed !== 'remove')
      throw new Refusal(400, 'invalidPath', 'Single members are added without a filter, and removed with one.')
    if (deed === 'replace') this.begin(memberIds(valuesOf(value)))
    else if (deed === 'add') for (const id of memberIds(valuesOf(value))) this.enter(id)
    else this.remove(path.filter ? valuesIn(path.filter) : value == null ? undefined : valuesOf(value))
  }

  private begin(with_: Set<UserId>): void {
    this.only = with_
    this.join.clear()
    this.leave.clear()
  }

  private enter(id: UserId): void {
    this.leave.delete(id)
    this.join.add(id)
  }

  /** Without values, all of them. */
  private remove(values: string[] | undefined): void {
    if (values === undefined) this.begin(new Set())
    for (const id of memberIds(values ?? [])) {
      this.join.delete(id)
      this.leave.add(id)
    }
  }
}

function valuesOf(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.map((one) => {
    const id = typeof one === 'object' && one !== null && 'value' in one ? one.value : one
    if (typeof id !== 'string') throw new Refusal(400, 'invalidValue', 'Members are objects with a value.')
    return id
  })
}

/** `members[value eq "…"]`, or several of them. */
function valuesIn(filter: Filter): string[] {
  if ('any' in filter) return filter.any.flatMap(valuesIn)
  if ('path' in filter && filter.path === 'value' && filter.is === 'eq' && typeof filter.value === 'string')
    return [filter.value]
  throw new Refusal(400, 'invalidFilter', 'Members are chosen by “value eq”.')
}
