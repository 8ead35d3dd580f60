// How many calls a token may make. Counted in this process and not as rows: most calls here only read, and a row each
// would make every one of them wait for the disk.
import { elapsed } from '../throttling/elapsed.ts'
import { type Rate, tooManyRequests } from '../throttling/hits.ts'

type Window = { from: number; calls: number }

/** @returns what counts a call of a token at a time (ms); it throws {Problem} too-many-requests */
export function pace({ count, seconds }: Rate): (token: string, now: number) => void {
  const windows = new Map<string, Window>()
  const length = seconds * 1000
  return (token, now) => {
    const window = windows.get(token)
    const gone = window ? elapsed(window.from, now, length) : length
    if (!window || gone >= length) windows.set(token, { from: now, calls: 1 })
    else if (window.calls >= count) throw tooManyRequests(Math.ceil((length - gone) / 1000))
    else window.calls++
  }
}
