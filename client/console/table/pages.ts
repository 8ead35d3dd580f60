// A list that comes a page at a time: what is here so far, the next page, and all of it where it is saved.
import { computed, shallowRef, watch } from 'vue'
import { useLoaded } from '../loaded.ts'

type Page = { next: string | null }
export type Pages<Row> = {
  readonly rows: readonly Row[]
  readonly isMore: boolean
  more(): Promise<void>
  /** what is not here yet too */
  all(): Promise<readonly Row[]>
}

const untilDone = () => new AbortController().signal

export function usePages<P extends Page, Row>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
  rowsOf: (page: P) => readonly Row[],
) {
  const loaded = useLoaded((signal) => load(undefined, signal))
  const following = shallowRef<readonly P[]>([])
  watch(loaded.data, () => {
    following.value = []
  })
  const pages = computed(() => (loaded.data.value ? [loaded.data.value, ...following.value] : []))
  const next = computed(() => pages.value.at(-1)?.next ?? null)

  async function more(): Promise<void> {
    const first = loaded.data.value
    if (next.value === null) return
    const page = await load(next.value, untilDone())
    // Loaded anew meanwhile: what follows is another page.
    if (loaded.data.value === first) following.value = [...following.value, page]
  }

  async function all(): Promise<readonly Row[]> {
    const found = [...pages.value]
    for (let cursor = next.value; cursor !== null; cursor = found.at(-1)?.next ?? null)
      found.push(await load(cursor, untilDone()))
    return found.flatMap((page) => [...rowsOf(page)])
  }

  const list: Pages<Row> = {
    get rows() {
      return pages.value.flatMap((page) => [...rowsOf(page)])
    },
    get isMore() {
      return next.value !== null
    },
    more,
    all,
  }
  return { loaded, list }
}
