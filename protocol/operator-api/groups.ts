// /admin/v1/groups.
import * as z from 'zod/mini'
import { groupId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'

export const groupView = z.object({
  id: groupId,
  name: z.string(),
  members: z.int(),
  createdAt: timestampSchema,
  version: z.int(),
})
export type GroupView = z.infer<typeof groupView>

export const groupList = z.object({ groups: z.array(groupView) })

export type GroupList = z.infer<typeof groupList>

export const addGroupCall = z.object({ name: z.string() })
export const groupPath = z.object({ id: groupId })
export const renameGroupCall = z.object({ id: groupId, name: z.string(), version: z.int() })
export const memberPath = z.object({ id: groupId, user: userId })
