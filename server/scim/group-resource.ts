// A group as a Group resource (RFC 7643 §4.2), and back.
import * as z from 'zod/mini'
import { type UserId, userId } from '../../protocol/ids.ts'
import type { GroupRow } from '../directory/groups.ts'
import { Refusal } from './refusal.ts'
import { GROUP_SCHEMA, locationOf, metaOf, type Resource } from './resource.ts'
import { etag } from './versions.ts'

const memberEntries = z.array(z.object({ value: z.string('is missing') }))

export const groupBody = z.object({
  displayName: z.string('is missing'),
  externalId: z.nullish(z.string()),
  members: z.nullish(memberEntries),
})

/** Members are people; a group in a group is none. @throws {Refusal} invalidValue */
export function memberIds(values: readonly string[]): Set<UserId> {
  return new Set(values.map(memberId))
}

function memberId(value: string): UserId {
  const { data } = userId.safeParse(value)
  if (data === undefined) throw new Refusal(400, 'invalidValue', `There is no user “${value}” to be a member.`)
  return data
}

export const groupEtag = ({ version, members_version }: GroupRow) => etag(`${version}.${members_version}`)

/** @param members undefined where nobody wants to see them */
export function groupResource(row: GroupRow, members: readonly UserId[] | undefined, origin: string): Resource {
  return {
    schemas: [GROUP_SCHEMA],
    id: row.id,
    ...(row.external_id !== null && { externalId: row.external_id }),
    displayName: row.name,
    ...(members && {
      members: members.map((id) => ({ value: id, $ref: locationOf('User', origin, id), type: 'User' })),
    }),
    meta: metaOf('Group', row, { origin, version: groupEtag(row) }),
  }
}
