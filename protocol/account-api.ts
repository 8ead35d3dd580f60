// /account/api: what the page where people look after their own account says to the server.
import * as z from 'zod/mini'
import type { OwnDevice } from './device-api.ts'
import type { RequestState, TokenPolicy } from './login-request.ts'
import type { Notice } from './notices.ts'
import { SHORTEST_PASSWORD } from './password-length.ts'
import { typedPassword } from './text.ts'

export const newPassword = z
  .string()
  .check(z.minLength(SHORTEST_PASSWORD, `must have at least ${SHORTEST_PASSWORD} characters`), z.maxLength(1024))

export const changePasswordCall = z.object({
  current: typedPassword,
  next: newPassword,
})
export const addressesCall = z.object({
  addresses: z.array(z.string().check(z.maxLength(254))).check(z.maxLength(2, 'must be two at most')),
})
export const addressCall = z.object({ address: z.string().check(z.maxLength(254)) })
export const confirmAddressCall = z.object({
  address: z.string().check(z.maxLength(254)),
  code: z.string().check(z.minLength(1), z.maxLength(32)),
})
export const recoveryCall = z.object({ code: z.string().check(z.minLength(1), z.maxLength(64)) })

export type Account = {
  username: string
  displayName: string
  organisation: string
  hasPassword: boolean
  /** it is kept in the organisation's directory, and changed there alone */
  passwordElsewhere: boolean
  /** that the organisation has */
  email: string | null
  /** for notices, besides; nothing but a code goes to one that is not confirmed */
  addresses: { address: string; confirmed: boolean }[]
  /** whether mail is sent at all */
  mail: boolean
  /** where they are not allowed, those that are left are refused */
  codes: { allowed: boolean; left: number; madeAt: string | null }
  devices: AccountDevice[]
}

/** `current`: by its approval, or its typed passcode, the page was signed in to. */
export type AccountDevice = OwnDevice & { tokens: OwnToken[] }
/** What answers for somebody, and what it asks of them. */
export type OwnToken = {
  id: string
  unlock: TokenPolicy['unlock']
  /** how many digits are typed from the sign-in page; null: none */
  digits: number | null
  suspended: boolean
  addedAt: string
  lastUsedAt: string | null
}

export type PastRequest = {
  id: string
  application: string
  state: RequestState
  at: string
  location: string | null
  client: string | null
  ip: string | null
  reportable: boolean
  /** by itself, or denied because another was */
  reported: boolean
}
/** A sign-in that asked no device. */
export type PastSignIn = {
  id: string
  by: 'passcode' | 'temporary' | 'recovery'
  /** null where it has been removed since */
  application: string | null
  at: string
  location: string | null
  ip: string | null
  reportable: boolean
  reported: boolean
}
/** `stays`: it was reported here, and what was added is there still; once more would change nothing. */
export type PastNotice = Notice & { stays: boolean }
export type AccountHistory = { requests: PastRequest[]; signIns: PastSignIn[]; notices: PastNotice[] }

/** Told once. */
export type NewCodes = { codes: string[] }
