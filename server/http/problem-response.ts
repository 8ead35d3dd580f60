// Problems become problem documents (RFC 9457); anything else becomes one sentence, and a loud line in the log.
import { PROBLEMS, Problem } from '../../protocol/problems.ts'
import type { Logger } from '../log.ts'
import { NoRoom } from '../overload/room.ts'
import { type Line, type TellNeeds, toldSparingly } from '../overload/told.ts'
import { isOutage } from '../store/outage.ts'
import type { AboutCall, Call } from './env.ts'

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

export const aboutCall = (c: Call): AboutCall => ({
  call: c.get('callId'),
  method: c.req.method,
  path: c.req.routePath,
})

/**
 * Of one kind are those of the same problem, or of the same sort of fault, at the same route: a defect that anybody can
 * cause hides none that nobody should.
 * @returns given what a call was ended by, what is answered to it; it says so in the log
 */
export function answeredBy(needs: TellNeeds): (error: unknown, about: AboutCall) => Problem {
  const tell = toldSparingly(needs)
  return (error, about) => {
    if (error instanceof NoRoom) return error
    if (error instanceof Problem) {
      const { level } = PROBLEMS[error.slug]
      tell(`${error.slug} ${about.path}`, { level, about: { ...about, problem: error.slug }, says: 'refused' })
      return error
    }
    const isAway = isOutage(error)
    const says = isAway ? 'the store can’t be used' : 'defect'
    const line: Line = { level: 'error', about: { ...about, err: error }, says }
    tell(`${says} ${about.path} ${error instanceof Error ? error.name : typeof error}`, line)
    return isAway ? new Problem('unavailable', { headers: { 'Retry-After': '1' } }) : new Problem('internal')
  }
}

/** @param page for whom a page says it better than a document */
export function onError(
  needs: TellNeeds,
  page: (problem: Problem, c: Call) => Response | undefined = () => undefined,
): (error: unknown, c: Call) => Response {
  const answered = answeredBy(needs)
  return (error, c) => {
    const problem = answered(error, aboutCall(c))
    return page(problem, c) ?? problemResponse(problem)
  }
}

/** For what goes wrong when the head of an answer has left. @returns what says so in the log; it keeps nothing of the call */
export function endedBy(c: Call): (error: unknown) => void {
  const [ended, about] = [c.get('ended'), aboutCall(c)]
  return (error) => void ended(error, about)
}
