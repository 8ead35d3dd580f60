// /admin/v1/operators, /passkeys: who runs this installation, and what they sign in with.
import * as z from 'zod/mini'
import { operatorId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { OPERATOR_ROLES } from '../permissions.ts'
import { plainText } from '../text.ts'

export const role = z.enum(OPERATOR_ROLES, `must be one of ${OPERATOR_ROLES.join(', ')}`)

export const operatorName = plainText(1, 64).check(z.refine((name) => name.trim() !== '', 'must not be blank'))

export const operatorView = z.object({
  id: operatorId,
  name: z.string(),
  role,
  /** invited: has no passkey yet */
  state: z.enum(['invited', 'active']),
  passkeys: z.int(),
  createdAt: timestampSchema,
  lastSignInAt: z.nullable(timestampSchema),
  /** until when an unused link is good */
  linkUntil: z.nullable(timestampSchema),
  version: z.int(),
})
export type OperatorView = z.infer<typeof operatorView>

export const operatorList = z.object({ operators: z.array(operatorView) })

export const inviteCall = z.object({ name: operatorName, role })

/** The link is told once: the store can't give it back. */
export const invitation = z.object({ operator: operatorView, signInUrl: z.string(), expiresAt: timestampSchema })
export type Invitation = z.infer<typeof invitation>

export const operatorPath = z.object({ id: operatorId })

export const changeRoleCall = z.object({ id: operatorId, role, version: z.int() })

/** Of a passkey; WebAuthn allows 1,023 bytes. */
export const credentialId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,1400}$/, 'must be a credential id'))

export const passkeyName = plainText(1, 64)

export const renamePasskeyCall = z.object({ id: credentialId, name: passkeyName })

export const passkeyView = z.object({
  id: credentialId,
  name: z.string(),
  /** whether a provider keeps copies of it, as phones do */
  synced: z.boolean(),
  createdAt: timestampSchema,
  lastUsedAt: z.nullable(timestampSchema),
  /** the one this session was begun with */
  current: z.boolean(),
  /** when its counter told first that there are two copies of it; null: it never did */
  copiedAt: z.nullable(timestampSchema),
})
export type PasskeyView = z.infer<typeof passkeyView>

export const passkeyList = z.object({ passkeys: z.array(passkeyView) })
