// Problems become problem documents (RFC 9457); anything else becomes one sentence, and a loud line in the log.
import { PROBLEMS, Problem } from '../../protocol/problems.ts'
import type { Logger } from '../log.ts'
import type { Call } from './env.ts'

export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify(problem.document()), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...problem.headers },
  })
}

export function onError(log: Logger) {
  return (error: unknown, c: Call): Response => {
    const about = { call: c.get('callId'), method: c.req.method, path: c.req.routePath }
    if (error instanceof Problem) {
      log[PROBLEMS[error.slug].level]({ ...about, problem: error.slug }, 'refused')
      return problemResponse(error)
    }
    log.error({ ...about, err: error }, 'defect')
    return problemResponse(new Problem('internal'))
  }
}
