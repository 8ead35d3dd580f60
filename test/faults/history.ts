// What clients saw, in the order in which they saw it: the only witness of what was promised.

export type Step = 'create' | 'approve' | 'deny' | 'read' | 'redeem'

/**
 * `yes`: the server said that it is so. `no`: it refused, and nothing came of it. `unknown`: no answer came, or one
 * that leaves it open; it may have happened or not.
 */
export type Said = 'yes' | 'no' | 'unknown'

/** One thing that a client wanted, however often it had to ask. */
export type Deed = {
  step: Step
  /** of the login; the Idempotency-Key that it was made with */
  login: string
  /** where the client knows it */
  request: string | null
  /** places in one order of all that this client began and heard; `heard` is infinite where nothing was */
  began: number
  heard: number
  said: Said
  /** of an answer that shows the request */
  state?: string
  version?: number
}

type Heard = Pick<Deed, 'said'> & Partial<Pick<Deed, 'request' | 'state' | 'version'>>

export class History {
  readonly deeds: Deed[] = []
  #place = 0

  /** The place of now, for what is begun elsewhere. */
  mark(): number {
    return ++this.#place
  }

  /** @returns to be told once, when an answer came or the client gave up */
  begin(step: Step, login: string, request: string | null, began = this.mark()): (heard: Heard) => void {
    return (heard) => {
      const place = heard.said === 'unknown' ? Number.POSITIVE_INFINITY : ++this.#place
      this.deeds.push({ step, login, request, began, heard: place, ...heard })
    }
  }

  count(step: Step, said: Said = 'yes'): number {
    return this.deeds.filter((deed) => deed.step === step && deed.said === said).length
  }
}
