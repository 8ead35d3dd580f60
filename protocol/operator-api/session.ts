// /admin/v1/session, /invitations: how an operator signs in.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'
import { ROLES } from '../permissions.ts'
import { operatorName, passkeyName, role } from './operators.ts'
import { authenticationResponse, creationOptions, registrationResponse, requestOptions } from './webauthn.ts'

export const nothing = z.object({})

export const sessionView = z.object({
  organisation: z.string(),
  actor: z.object({
    kind: z.enum(['operator', 'api-token', 'command-line']),
    id: z.nullable(z.string()),
    name: z.string(),
    role: z.enum(ROLES),
  }),
  /** null for an API token, which asks for no passkey */
  session: z.nullable(
    z.object({
      expiresAt: timestampSchema,
      /** until when dangerous acts need no passkey again */
      freshUntil: timestampSchema,
    }),
  ),
})
export type SessionView = z.infer<typeof sessionView>

export const signInOptions = z.object({ options: requestOptions })

export const passkeyAnswer = z.object({ response: authenticationResponse })

const code = z.string().check(z.minLength(1), z.maxLength(64))

export const openInvitationCall = z.object({ code })

export const invitationOffer = z.object({
  organisation: z.string(),
  operator: z.object({ name: z.string(), role }),
  options: creationOptions,
})
export type InvitationOffer = z.infer<typeof invitationOffer>

export const acceptInvitationCall = z.object({
  code,
  /** by which the others know this operator */
  name: z.optional(operatorName),
  passkeyName: z.optional(passkeyName),
  response: registrationResponse,
})

export const addPasskeyOptions = z.object({ options: creationOptions })

export const addPasskeyCall = z.object({ name: z.optional(passkeyName), response: registrationResponse })
