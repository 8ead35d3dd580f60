// /admin/v1/users.
import * as z from 'zod/mini'
import { groupId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { plainText } from '../text.ts'
import { cursor } from './cursor.ts'
import { reason } from './reason.ts'

export const userState = z.enum(['active', 'suspended'], 'must be active or suspended')

/** Who can't sign in as usual: push is paused, typed passcodes are locked, or push reaches none of their devices. */
export const stuckHow = z.enum(
  ['push-paused', 'passcodes-locked', 'unreachable'],
  'must be push-paused, passcodes-locked or unreachable',
)
export type StuckHow = z.infer<typeof stuckHow>

export const listUsersCall = z.object({
  /** beginnings, with accents or without: of the user name, of words of the name, of the mail address and its parts */
  search: z.optional(plainText(0, 64)),
  state: z.optional(userState),
  group: z.optional(groupId),
  stuck: z.optional(stuckHow),
  cursor,
})

export const userView = z.object({
  id: userId,
  username: z.string(),
  displayName: z.string(),
  email: z.nullable(z.string()),
  state: userState,
  hasPassword: z.boolean(),
  /** it is kept in the organisation's directory, and changed there alone */
  passwordElsewhere: z.boolean(),
  createdAt: timestampSchema,
  version: z.int(),
})
export type UserView = z.infer<typeof userView>

/** A page can be short, or empty, and yet not be the last: `next` is null on that one. */
export const userList = z.object({ users: z.array(userView), next: z.nullable(z.string()) })
export type UserList = z.infer<typeof userList>

export const userPath = z.object({ id: userId })

export const userShown = z.extend(userView, {
  groups: z.array(z.object({ id: groupId, name: z.string() })),
})
export type UserShown = z.infer<typeof userShown>

const name = z.optional(z.string())
const mail = z.optional(z.nullable(z.string()))

/** What each may be is the directory's to say: it says so for every edge. */
export const addUserCall = z.object({ username: z.string(), displayName: name, email: mail, password: name })
export const editUserCall = z.object({
  id: userId,
  username: name,
  displayName: name,
  email: mail,
  version: z.int(),
})

export const setPasswordCall = z.object({ id: userId, password: z.string() })

/** Why, for the audit log. */
export const suspendUserCall = z.object({ id: userId, reason })
