// What every resource has (RFC 7643 §3).
import { timestamp } from '../../protocol/login-request.ts'

export type Resource = {
  schemas: readonly string[]
  id: string
  meta: Meta
  [attribute: string]: unknown
}
export type Meta = { resourceType: string; created: string; lastModified: string; location: string; version: string }

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** Where SCIM is reached. */
export const BASE = '/scim/v2'

type Row = { id: string; created_at: number; changed_at: number }

export function metaOf(
  type: 'User' | 'Group',
  row: Row,
  { origin, version }: { origin: string; version: string },
): Meta {
  return {
    resourceType: type,
    created: timestamp(row.created_at),
    lastModified: timestamp(row.changed_at),
    location: locationOf(type, origin, row.id),
    version,
  }
}

export const locationOf = (type: 'User' | 'Group', origin: string, id: string) => `${origin}${BASE}/${type}s/${id}`
