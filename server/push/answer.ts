// What a push service's answer means for the message and for the subscription (RFC 8030 §5, §7.3 and §8.4).

export type PushAnswer =
  | { kind: 'accepted'; status: number }
  /** the subscription has ended */
  | { kind: 'gone'; status: number }
  /** the subscription was made with a key that is not the current one, and the service no longer takes that */
  | { kind: 'stale-key'; status: number }
  /** may pass; `notBefore` (milliseconds since the epoch) where the service named a time */
  | { kind: 'retry'; status: number | undefined; fault?: string; notBefore?: number }
  /** would be the same at each further try */
  | { kind: 'refused'; status: number | undefined; fault?: string }

export type Received = {
  status: number
  retryAfter: string | undefined
  /** milliseconds since the epoch */
  now: number
  keyIsCurrent: boolean
}

export function answerOf({ status, retryAfter, now, keyIsCurrent }: Received): PushAnswer {
  if (status >= 200 && status < 300) return { kind: 'accepted', status }
  if (status === 404 || status === 410) return { kind: 'gone', status }
  if ((status === 401 || status === 403) && !keyIsCurrent) return { kind: 'stale-key', status }
  // 408: the service gave up on a connection that had been idle.
  if (status === 429 || status === 408 || status >= 500) {
    const notBefore = retryAfter === undefined ? undefined : retryTime(retryAfter, now)
    return { kind: 'retry', status, ...(notBefore !== undefined && { notBefore }) }
  }
  return { kind: 'refused', status }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryTime(retryAfter: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return now + Number(retryAfter) * 1000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? undefined : date
}
