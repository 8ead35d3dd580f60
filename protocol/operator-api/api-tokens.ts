// /admin/v1/api-tokens: what scripts and programs of the organisation authenticate with.
import * as z from 'zod/mini'
import { apiTokenId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { ROLES } from '../permissions.ts'
import { plainText } from '../text.ts'

export const MOST_DAYS = 366

const role = z.enum(ROLES, `must be one of ${ROLES.join(', ')}`)

export const apiTokenName = plainText(1, 64)

export const apiTokenView = z.object({
  id: apiTokenId,
  name: z.string(),
  role,
  /** the operator or the API token that made it; null: the command line */
  madeBy: z.nullable(z.string()),
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
  lastUsedAt: z.nullable(timestampSchema),
})
export type ApiTokenView = z.infer<typeof apiTokenView>

export const apiTokenList = z.object({ apiTokens: z.array(apiTokenView) })

export const makeApiTokenCall = z.object({
  name: apiTokenName,
  role,
  expiresInDays: z._default(z.int().check(z.minimum(1), z.maximum(MOST_DAYS)), 90),
})

/** The secret is told once. */
export const madeApiToken = z.object({ apiToken: z.string(), token: apiTokenView })
export type MadeApiToken = z.infer<typeof madeApiToken>

export const apiTokenPath = z.object({ id: apiTokenId })
