// Where a list goes on that is read page by page. SCIM names a page by its place (RFC 7644 §3.4.2.4): found by counting,
// the last page of a long list costs as much as all before it, and whoever is added meanwhile shifts the rest, so that
// one is shown twice. From the bookmark that the page before left, none of that is so.
import type { Clock } from '../clock.ts'

const KEPT_MS = 10 * 60_000
const MOST = 1000

export type Bookmarks = {
  /** @param list what is listed @param place of the first on the page @returns the key of the last one before it */
  before(list: string, place: number): string | undefined
  leave(list: string, place: number, key: string): void
}

export function bookmarks(clock: Pick<Clock, 'now'>): Bookmarks {
  const left = new Map<string, { key: string; until: number }>()
  const nameOf = (list: string, place: number) => `${place} ${list}`
  return {
    before(list, place) {
      const mark = left.get(nameOf(list, place))
      return mark && mark.until > clock.now() ? mark.key : undefined
    },
    leave(list, place, key) {
      const name = nameOf(list, place)
      left.delete(name)
      const [oldest] = left.keys()
      if (left.size >= MOST && oldest !== undefined) left.delete(oldest)
      left.set(name, { key, until: clock.now() + KEPT_MS })
    },
  }
}
