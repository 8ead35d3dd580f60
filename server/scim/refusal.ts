// How SCIM says no (RFC 7644 §3.12). Our problems are put into its words; what is neither is a defect.
import type { Problem, ProblemSlug } from '../../protocol/problems.ts'
import type { Call } from '../http/env.ts'
import { aboutCall, answeredBy } from '../http/problem-response.ts'
import { type TellNeeds, toldSparingly } from '../overload/told.ts'
import { scimJson } from './answer.ts'

export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'

/** What only SCIM knows to refuse. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: number
  readonly scimType: ScimType | undefined

  constructor(status: number, scimType: ScimType | undefined, detail: string) {
    super(detail)
    this.status = status
    this.scimType = scimType
  }
}

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** Where SCIM's status or words are others than ours. */
const SAID: Partial<Record<ProblemSlug, { status?: number; scimType: ScimType }>> = {
  'username-taken': { scimType: 'uniqueness' },
  'group-name-taken': { scimType: 'uniqueness' },
  invalid: { status: 400, scimType: 'invalidValue' },
  malformed: { scimType: 'invalidSyntax' },
}

/** Members of ours by their names in SCIM. */
const NAMES: Record<string, string> = {
  '/username': 'userName',
  '/email': 'emails.value',
  '/givenName': 'name.givenName',
  '/familyName': 'name.familyName',
  '/name': 'displayName',
}

export function onScimError(needs: TellNeeds) {
  const tell = toldSparingly(needs)
  const answered = answeredBy(needs)
  return (error: unknown, c: Call): Response => {
    if (error instanceof Refusal) {
      const about = aboutCall(c)
      const said = { status: error.status, scimType: error.scimType }
      tell(`${error.status} ${about.path}`, { level: 'info', about: { ...about, ...said }, says: 'refused' })
      return answer(error.status, error.message, error.scimType)
    }
    const problem = answered(error, aboutCall(c))
    const { status = problem.status, scimType } = SAID[problem.slug] ?? {}
    return answer(status, detailOf(problem), scimType, problem.headers)
  }
}

function answer(status: number, detail: string, scimType?: ScimType, headers: Record<string, string> = {}): Response {
  const body = { schemas: [ERROR], status: String(status), ...(scimType && { scimType }), detail }
  return scimJson(body, { status, headers })
}

function detailOf(problem: Problem): string {
  const errors = Object.entries((problem.members.errors ?? {}) as Record<string, string>)
  const said = errors.map(([pointer, message]) => `${NAMES[pointer] ?? dotted(pointer)} ${message}`)
  return said.length > 0 ? `${said.join('; ')}.` : problem.message
}

const dotted = (pointer: string) => pointer.slice(1).replaceAll('/', '.')
