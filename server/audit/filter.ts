// Which entries somebody wants to see.
import type { SelectQueryBuilder } from 'kysely'
import type { Schema } from '../store/schema.ts'

export type AuditFilter = {
  /** milliseconds, with it */
  from?: number | undefined
  /** milliseconds, without it */
  to?: number | undefined
  kind?: string | undefined
  user?: string | undefined
  application?: string | undefined
  actor?: string | undefined
  act?: string | undefined
}

type Query<Row> = SelectQueryBuilder<Schema, 'audit_seals' | 'audit', Row>

/** By the columns of `audit_seals`, which has an index for each. */
export function filtered<Row>(query: Query<Row>, filter: AuditFilter): Query<Row> {
  const { from, to, kind, user, application, actor, act } = filter
  let narrowed = query
  if (from !== undefined) narrowed = narrowed.where('audit_seals.at', '>=', from)
  if (to !== undefined) narrowed = narrowed.where('audit_seals.at', '<', to)
  if (kind !== undefined) narrowed = narrowed.where('audit_seals.kind', '=', kind)
  if (user !== undefined) narrowed = narrowed.where('audit_seals.user_id', '=', user as never)
  if (application !== undefined) narrowed = narrowed.where('audit_seals.application_id', '=', application as never)
  if (actor !== undefined) narrowed = narrowed.where('audit_seals.actor_id', '=', actor)
  if (act !== undefined) narrowed = narrowed.where('audit_seals.act', '=', act)
  return narrowed
}

export function matches(filter: AuditFilter, row: SealedRow): boolean {
  const { from = -Infinity, to = Infinity } = filter
  const is = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value
  return (
    row.at >= from &&
    row.at < to &&
    is(filter.kind, row.kind) &&
    is(filter.user, row.user_id) &&
    is(filter.application, row.application_id) &&
    is(filter.actor, row.actor_id) &&
    is(filter.act, row.act)
  )
}

type SealedRow = Pick<Schema['audit_seals'], 'at' | 'kind' | 'user_id' | 'application_id' | 'actor_id' | 'act'>
