// The two ways in which a call fails: the server refuses it, or does not answer.
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import type { ProblemSlug } from './types.ts'

/** The server refused: RFC 9457. Neither key nor secrets are in it. */
export class ProblemError extends Error {
  readonly slug: ProblemSlug
  readonly status: number
  readonly detail: string | undefined
  /** seconds */
  readonly retryAfter: number | undefined
  /** the whole document, with further members such as `errors`, `until` or `triesLeft` */
  readonly document: Readonly<Record<string, unknown>>

  constructor(document: Record<string, unknown>, status: number, retryAfter?: number) {
    const slug = String(document.type).replace(PROBLEM_TYPE, '')
    super(`${slug}: ${String(document.detail ?? document.title)}`)
    this.name = 'ProblemError'
    this.slug = slug
    this.status = status
    this.detail = document.detail === undefined ? undefined : String(document.detail)
    this.retryAfter = retryAfter
    this.document = document
  }
}

/** No answer, or one that is not the server's: `status` is that of a proxy between. */
export class UnreachableError extends Error {
  readonly status: number | undefined

  constructor(message: string, about: { cause?: unknown; status?: number } = {}) {
    super(message, { cause: about.cause })
    this.name = 'UnreachableError'
    this.status = about.status
  }
}
