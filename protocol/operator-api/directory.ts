// /admin/v1/directory: the organisation's LDAP directory, as this server reaches it.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'

export const directoryView = z.object({
  /** null: none is set up */
  directory: z.nullable(
    z.object({
      base: z.string(),
      /** whether people get an account at their first sign-in */
      createUsers: z.boolean(),
      /** somebody answered just now */
      reached: z.boolean(),
      /** in the order in which they are asked */
      servers: z.array(
        z.object({
          server: z.string(),
          state: z.enum(['reached', 'failing', 'unasked']),
          /** since this server was started, at the earliest */
          since: z.nullable(timestampSchema),
        }),
      ),
    }),
  ),
})
export type DirectoryView = z.infer<typeof directoryView>

/** Why somebody would not be let in, whatever their password. */
export const DIRECTORY_REFUSALS = [
  'not-found',
  'ambiguous',
  'disabled',
  'incomplete',
  'bad-name',
  'name-taken',
  'not-created',
  'suspended',
] as const
export type DirectoryRefusal = (typeof DIRECTORY_REFUSALS)[number]

export const tryDirectoryCall = z.object({ username: z.string().check(z.minLength(1), z.maxLength(256)) })
export const directoryTried = z.object({
  /** null: with the right password they would be let in */
  refused: z.nullable(z.enum(DIRECTORY_REFUSALS)),
  person: z.nullable(
    z.object({
      /** its distinguished name */
      entry: z.string(),
      username: z.string(),
      displayName: z.string(),
      email: z.nullable(z.string()),
      /** those of the groups that are kept here as the directory says */
      groups: z.array(z.string()),
    }),
  ),
})
export type DirectoryTried = z.infer<typeof directoryTried>
