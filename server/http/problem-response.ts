// Problems become problem documents (RFC 9457); anything else becomes one sentence, and a loud line in the log.
import { PROBLEMS, Problem } from '../../protocol/problems.ts'
import type { Logger } from '../log.ts'
import { NoRoom } from '../overload/room.ts'
import { isOutage } from '../store/outage.ts'
import type { Call } from './env.ts'

export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify(problem.document()), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...problem.headers },
  })
}

/** For a request line or a Host that is no URL: nothing behind this ever sees such a call. */
export function unreadable(log: Logger) {
  return (error: unknown): Response => {
    if (!(error instanceof Error) || error.name !== 'RequestError') {
      log.error({ err: error }, 'defect')
      return problemResponse(new Problem('internal'))
    }
    return problemResponse(new Problem('malformed', { detail: 'The request line or the Host could not be read.' }))
  }
}

export function onError(log: Logger) {
  return (error: unknown, c: Call): Response => {
    const about = { call: c.get('callId'), method: c.req.method, path: c.req.routePath }
    if (error instanceof NoRoom) return problemResponse(error)
    if (error instanceof Problem) {
      log[PROBLEMS[error.slug].level]({ ...about, problem: error.slug }, 'refused')
      return problemResponse(error)
    }
    if (isOutage(error)) {
      log.error({ ...about, err: error }, 'the store can’t be used')
      return problemResponse(new Problem('unavailable', { headers: { 'Retry-After': '1' } }))
    }
    log.error({ ...about, err: error }, 'defect')
    return problemResponse(new Problem('internal'))
  }
}
