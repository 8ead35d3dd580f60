// /admin/v1/groups.
import * as z from 'zod/mini'
import { groupId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { cursor } from './cursor.ts'

/** Of more members nobody needs to know: counting them all would take longer than anybody waits. */
export const MOST_MEMBERS = 10_000

export const groupView = z.object({
  id: groupId,
  name: z.string(),
  /** at most MOST_MEMBERS */
  members: z.int(),
  createdAt: timestampSchema,
  version: z.int(),
})
export type GroupView = z.infer<typeof groupView>

export const listGroupsCall = z.object({ cursor })
export const groupList = z.object({ groups: z.array(groupView), next: z.nullable(z.string()) })

export type GroupList = z.infer<typeof groupList>

export const addGroupCall = z.object({ name: z.string() })
export const groupPath = z.object({ id: groupId })
export const renameGroupCall = z.object({ id: groupId, name: z.string(), version: z.int() })
export const memberPath = z.object({ id: groupId, user: userId })
