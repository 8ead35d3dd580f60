// What is erased has to be explained by what stands in the log: whoever can write a file, or the store without the
// master key, could otherwise take any member out of any entry and leave its commitment, as if it had been erased.
import { isKept } from './kept.ts'
import type { EntryLine } from './lines.ts'
import type { ErasureMark } from './mark.ts'

type Erased = Pick<EntryLine, 'position' | 'at' | 'kind' | 'user' | 'erased'>

/** Entries of one person, or of nobody, that nothing has explained yet. */
export type Unexplained = { entries: number; first: number; last: number; latest: number }

/** @returns a member that is never erased, and yet is */
export function neverErased({ kind, erased }: Erased): string | undefined {
  return Object.keys(erased ?? {}).find((member) => isKept(kind, member))
}

export class Erasures {
  readonly #open = new Map<string | null, Unexplained>()
  #known: ErasureMark | undefined

  /** Retention up to where it had come when reading began. */
  knows(mark: ErasureMark | undefined): void {
    this.#known = mark
  }

  /** In the order of the chain: a removal explains what came before it. */
  take({ position, at, kind, user, erased }: Erased): void {
    if (kind === 'user-removed' && user !== null) this.#open.delete(user)
    if (Object.keys(erased ?? {}).length === 0) return
    const time = Date.parse(at)
    if (covers(this.#known, position, time)) return
    const { entries, first, latest } = this.#open.get(user) ?? { entries: 0, first: position, latest: time }
    this.#open.set(user, { entries: entries + 1, first, last: position, latest: Math.max(latest, time) })
  }

  /** Of whom something is erased without their removal having followed. */
  get people(): { user: string; last: number }[] {
    return [...this.#open].flatMap(([user, { last }]) => (user === null ? [] : [{ user, last }]))
  }

  removed(user: string): void {
    this.#open.delete(user)
  }

  /** What nothing explains. @param mark of retention, when reading had ended */
  left(mark: ErasureMark | undefined): Unexplained[] {
    const left = [...this.#open.values()].filter(({ last, latest }) => !covers(mark, last, latest))
    return left.sort((one, other) => one.first - other.first)
  }
}

function covers(mark: ErasureMark | undefined, position: number, at: number): boolean {
  return mark !== undefined && position <= mark.position && at < mark.before
}
