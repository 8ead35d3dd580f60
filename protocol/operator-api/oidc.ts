// /admin/v1/oidc: what the OpenID provider is to all applications.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'

export const rotateKeysCall = z.object({
  /** the keys there are have leaked: nothing that they signed is good from now on */
  atOnce: z._default(z.boolean(), false),
})

export const rotatedKeys = z.object({
  /** until then the new keys are published only */
  usedFrom: timestampSchema,
})

/** Told once. */
export const registrationToken = z.object({ token: z.string(), expiresAt: timestampSchema })
