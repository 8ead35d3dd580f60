// What applications hold beside their own row.
import type { ApplicationId, GroupId } from '../../protocol/ids.ts'

/** Whose members may sign in to an application that is not open to everybody. */
export type ApplicationGroupsTable = { application_id: ApplicationId; group_id: GroupId }

export type ApplicationIconsTable = {
  /** SHA-256 of the bytes: what it is asked for by */
  hash: string
  /** media type */
  type: string
  /** base64 */
  bytes: string
}

export type ApplicationSchema = {
  application_groups: ApplicationGroupsTable
  application_icons: ApplicationIconsTable
}
