// /admin/v1/applications: the web sites and programs that people sign in to.
import * as z from 'zod/mini'
import { applicationId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'

/** So that one can be replaced while the other is in use. */
export const MOST_API_KEYS = 2

/** Names a key without being of use to whoever reads it. */
const apiKeyId = z.string().check(z.regex(/^[\w-]{16}$/, 'must be the id of an API key'))

const apiKeyView = z.object({ id: apiKeyId, createdAt: timestampSchema, lastUsedAt: z.nullable(timestampSchema) })

export const applicationView = z.object({
  id: applicationId,
  name: z.string(),
  createdAt: timestampSchema,
  /** null: it signs nobody in by OpenID Connect */
  clientId: z.nullable(z.string()),
  redirectUris: z.array(z.string()),
  apiKeys: z.array(apiKeyView),
  version: z.int(),
})
export type ApplicationView = z.infer<typeof applicationView>

export const applicationList = z.object({ applications: z.array(applicationView) })
export const applicationPath = z.object({ id: applicationId })

export const addApplicationCall = z.object({ name: z.string(), redirectUris: z._default(z.array(z.string()), []) })

/** Key and client secret are told once. */
export const addedApplication = z.object({
  id: applicationId,
  apiKey: z.string(),
  clientId: z.optional(z.string()),
  clientSecret: z.optional(z.string()),
})

export const editApplicationCall = z.object({
  id: applicationId,
  version: z.int(),
  name: z.optional(z.string()),
  redirectUris: z.optional(z.array(z.string())),
})

export const madeApiKey = z.object({ apiKey: z.string(), id: apiKeyId })
export const apiKeyPath = z.object({ id: applicationId, key: apiKeyId })
