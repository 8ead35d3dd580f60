// /admin/v1/applications: the web sites and programs that people sign in to.
import * as z from 'zod/mini'
import { applicationId, groupId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { oidcClientChanges, oidcClientSettings } from './oidc-client.ts'

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
  /** origins that a proxy protects by asking at /forward-auth */
  protectedSites: z.array(z.string()),
  apiKeys: z.array(apiKeyView),
  /** the client secret before this one works until then */
  previousSecretUntil: z.nullable(timestampSchema),
  /** to the minute: a sign-in was begun, a code was exchanged */
  oidc: z.object({ askedAt: z.nullable(timestampSchema), usedAt: z.nullable(timestampSchema) }),
  /** null: it is no OpenID Connect client */
  client: z.nullable(oidcClientSettings),
  /** whose members may sign in; null: everybody */
  groups: z.nullable(z.array(z.object({ id: groupId, name: z.string() }))),
  /** what people read on the login page */
  loginText: z.nullable(z.string()),
  /** the path of the picture on the public origin */
  icon: z.nullable(z.string()),
  version: z.int(),
})
export type ApplicationView = z.infer<typeof applicationView>

export const applicationList = z.object({ applications: z.array(applicationView) })
export type ApplicationList = z.infer<typeof applicationList>
export const applicationPath = z.object({ id: applicationId })

export const addApplicationCall = z.object({
  name: z.string(),
  /** none: it asks over the API only, or is Microsoft Entra ID, whose are known */
  redirectUris: z.optional(z.array(z.string())),
  client: z.optional(oidcClientChanges),
  protectedSites: z._default(z.array(z.string()), []),
})

/** Key and client secret are told once. */
export const addedApplication = z.object({
  id: applicationId,
  apiKey: z.string(),
  clientId: z.optional(z.string()),
  clientSecret: z.optional(z.string()),
})
export type AddedApplication = z.infer<typeof addedApplication>

export const editApplicationCall = z.object({
  id: applicationId,
  version: z.int(),
  name: z.optional(z.string()),
  redirectUris: z.optional(z.array(z.string())),
  /** what is left out stays */
  client: z.optional(oidcClientChanges),
  protectedSites: z.optional(z.array(z.string())),
  loginText: z.optional(z.nullable(z.string())),
  /** a PNG, JPEG or WebP picture of at most 32 KiB, in base64 */
  icon: z.optional(z.nullable(z.string())),
  /** null opens it to everybody, an empty list to nobody */
  groups: z.optional(z.nullable(z.array(groupId))),
})

export const rotateClientSecretCall = z.object({
  id: applicationId,
  /** how long the former secret works beside the new one; 0: not at all */
  keepHours: z._default(z.int().check(z.minimum(0), z.maximum(720)), 24),
})
export const rotatedClientSecret = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  previousUntil: z.nullable(timestampSchema),
})
export type RotatedClientSecret = z.infer<typeof rotatedClientSecret>

export const madeApiKey = z.object({ apiKey: z.string(), id: apiKeyId })
export type MadeApiKey = z.infer<typeof madeApiKey>
export const apiKeyPath = z.object({ id: applicationId, key: apiKeyId })
