// How SCIM says no (RFC 7644 §3.12). Our problems are put into its words; what is neither is a defect.
import { PROBLEMS, Problem, type ProblemSlug } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Call } from '../http/env.ts'
import { aboutCall, refusedLine } from '../http/problem-response.ts'
import type { Logger } from '../log.ts'
import { toldSparingly } from '../overload/told.ts'
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

export function onScimError(needs: { log: Logger; clock: Pick<Clock, 'now'> }) {
  const tell = toldSparingly(needs)
  return (error: unknown, c: Call): Response => {
    const about = aboutCall(c)
    if (error instanceof Refusal) {
      const said = { status: error.status, scimType: error.scimType }
      tell(`${error.status} ${about.path}`, { level: 'info', about: { ...about, ...said }, says: 'refused' })
      return answer(error.status, error.message, error.scimType)
    }
    if (error instanceof Problem) {
      tell(...refusedLine(error, about))
      const { status = error.status, scimType } = SAID[error.slug] ?? {}
      return answer(status, detailOf(error), scimType, error.headers)
    }
    tell(`defect ${about.path}`, { level: 'error', about: { ...about, err: error }, says: 'defect' })
    return answer(500, PROBLEMS.internal.title)
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
