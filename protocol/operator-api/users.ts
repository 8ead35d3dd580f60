// /admin/v1/users.
import * as z from 'zod/mini'
import { userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { plainText } from '../text.ts'

export const listUsersCall = z.object({
  /** the beginning of a user name */
  search: z.optional(plainText(0, 64)),
  cursor: z.optional(z.string().check(z.maxLength(512))),
})

export const userView = z.object({
  id: userId,
  username: z.string(),
  displayName: z.string(),
  email: z.nullable(z.string()),
  hasPassword: z.boolean(),
  createdAt: timestampSchema,
})
export type UserView = z.infer<typeof userView>

export const userList = z.object({ users: z.array(userView), next: z.nullable(z.string()) })
export type UserList = z.infer<typeof userList>
