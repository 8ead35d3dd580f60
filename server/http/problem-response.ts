// Problems become problem documents (RFC 9457); anything else becomes one sentence, and a loud line in the log.
import { PROBLEMS, Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { NoRoom } from '../overload/room.ts'
import { type Line, toldSparingly } from '../overload/told.ts'
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

export const aboutCall = (c: Call) => ({ call: c.get('callId'), method: c.req.method, path: c.req.routePath })

/** Of one kind, for `toldSparingly`, are those of the same problem at the same route. */
export function refusedLine({ slug }: Problem, about: ReturnType<typeof aboutCall>): [kind: string, line: Line] {
  const line = { level: PROBLEMS[slug].level, about: { ...about, problem: slug }, says: 'refused' }
  return [`${slug} ${about.path}`, line]
}

export function onError(needs: { log: Logger; clock: Pick<Clock, 'now'> }) {
  const tell = toldSparingly(needs)
  return (error: unknown, c: Call): Response => {
    const about = aboutCall(c)
    if (error instanceof NoRoom) return problemResponse(error)
    if (error instanceof Problem) {
      tell(...refusedLine(error, about))
      return problemResponse(error)
    }
    const isAway = isOutage(error)
    const says = isAway ? 'the store can’t be used' : 'defect'
    tell(`${says} ${about.path}`, { level: 'error', about: { ...about, err: error }, says })
    return problemResponse(
      isAway ? new Problem('unavailable', { headers: { 'Retry-After': '1' } }) : new Problem('internal'),
    )
  }
}
