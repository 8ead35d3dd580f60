// What Entra asks, and whether it may be asked so. Attack stopped: an answer that goes anywhere but to Microsoft.
import * as z from 'zod/mini'

const parameters = z.object({
  scope: z.string(),
  // Its documentation writes it so too.
  response_type: z.enum(['id_token', 'Id_token']),
  response_mode: z.literal('form_post'),
  client_id: z.string(),
  redirect_uri: z.string(),
  nonce: z.optional(z.string().check(z.minLength(1), z.maxLength(512))),
  state: z.optional(z.string().check(z.maxLength(8192))),
  id_token_hint: z.string().check(z.minLength(1), z.maxLength(16_384)),
  claims: z.optional(z.string().check(z.maxLength(4096))),
  'client-request-id': z.optional(z.string().check(z.maxLength(128))),
})
export type EntraAsked = z.infer<typeof parameters>

const wish = z.optional(z.nullable(z.object({ values: z.optional(z.array(z.string())) })))
const claimsWanted = z.object({ id_token: z.object({ acr: wish, amr: wish }) })

/** `acr` values that having a device fulfils, Entra's usual one first. */
const POSSESSION = [
  'possessionorinherence',
  'possession',
  'knowledgeorpossession',
  'knowledgeorpossessionorinherence',
] as const
/** One method alone is told, and all of these are of possession. */
const METHODS = { push: ['swk', 'pop', 'otp'], passcode: ['otp'] } as const

/** The values to answer with; `passcode` undefined: a typed one is not taken. */
export type Promised = { acr: string; push: string; passcode: string | undefined }

/** What else is there is ignored. @returns what is wrong with it, in words */
export function readEntraAsked(form: URLSearchParams): EntraAsked | string {
  if (Object.keys(parameters.shape).some((name) => form.getAll(name).length > 1))
    return 'a parameter is there more than once'
  const parsed = parameters.safeParse(Object.fromEntries(form))
  if (!parsed.success)
    return `${parsed.error.issues[0]?.path.join('.') || 'a parameter'} is missing or not as it must be`
  return parsed.data.scope.split(' ').includes('openid') ? parsed.data : 'scope must be openid'
}

/** @returns undefined where nothing that is done here would do */
export function promised({ claims }: Pick<EntraAsked, 'claims'>): Promised | undefined {
  const { acr, amr } = wishes(claims)
  const found = {
    acr: POSSESSION.find((value) => acr === undefined || acr.includes(value)),
    push: METHODS.push.find((value) => amr === undefined || amr.includes(value)),
    passcode: METHODS.passcode.find((value) => amr === undefined || amr.includes(value)),
  }
  return found.acr && found.push ? { acr: found.acr, push: found.push, passcode: found.passcode } : undefined
}

function wishes(claims: string | undefined): { acr: string[] | undefined; amr: string[] | undefined } {
  const none = { acr: undefined, amr: undefined }
  if (claims === undefined) return none
  try {
    const parsed = claimsWanted.safeParse(JSON.parse(claims))
    // What can't be read can't be met.
    if (!parsed.success) return { acr: [], amr: [] }
    const { acr, amr } = parsed.data.id_token
    return { acr: acr?.values, amr: amr?.values }
  } catch {
    return { acr: [], amr: [] }
  }
}
