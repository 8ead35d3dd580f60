// How an application wants people to sign in: `acr_values`, which are a wish, and the `acr` of the `claims` parameter,
// which can be a condition (OpenID Connect Core §3.1.2.1 and §5.5.1.1).
import * as z from 'zod/mini'
import { ACRS } from '../../protocol/sign-in.ts'
import type { RequestedAcr } from '../login/authorization.ts'

const asked = z.object({
  essential: z.optional(z.boolean()),
  value: z.optional(z.string()),
  values: z.optional(z.array(z.string())),
})
const acrRequest = z.object({ id_token: z.object({ acr: asked }) })
const readable = z.object({
  id_token: z.optional(
    z.object({
      acr: z.optional(z.nullable(asked)),
      sub: z.optional(z.nullable(z.object({ value: z.optional(z.string()) }))),
    }),
  ),
})

/** @param params of the authorization */
export function requestedAcr(params: Readonly<Record<string, unknown>>): RequestedAcr {
  const { values = [], value, essential = false } = claimed(params.claims)
  const claim = value === undefined ? values : [value, ...values]
  if (essential && claim.length > 0) return { values: claim, isEssential: true }
  const wished = typeof params.acr_values === 'string' ? params.acr_values.split(' ').filter(Boolean) : []
  return { values: [...claim, ...wished], isEssential: false }
}

/** Whether it can be read what is asked about person and `acr`. Attack stopped: a condition that passes for none. */
export const isReadable = (claims: unknown) => readable.safeParse(claims).success

/** Whether this server can do what was asked for. */
export const isWithinReach = ({ values, isEssential }: RequestedAcr) =>
  !isEssential || values.some((value) => (ACRS as readonly string[]).includes(value))

function claimed(claims: unknown) {
  if (typeof claims !== 'string') return {}
  try {
    const parsed = acrRequest.safeParse(JSON.parse(claims))
    return parsed.success ? parsed.data.id_token.acr : {}
  } catch {
    // Not JSON: the provider says so itself.
    return {}
  }
}
