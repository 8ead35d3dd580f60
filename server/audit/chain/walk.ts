// The way along a chain, entry by entry, with all that is held against one another on it.
import { calculateJwkThumbprint } from 'jose'
import { commitmentsOf, digestOf, type Entry, linkHash, Uncanonical } from './content.ts'
import { Erasures, neverErased } from './erasures.ts'
import { faultOfEvidence } from './evidence.ts'
import {
  type EntryLine,
  type FirstLine,
  type LastLine,
  type Line,
  line as lineSchema,
  type OmittedLine,
} from './lines.ts'
import {
  type ErasureMark,
  type ExportMark,
  type HeadMark,
  LONGEST_PART,
  type Mark,
  type MarkKey,
  type MarkKind,
  placesIn,
  readMark,
  Shown,
} from './mark.ts'
import { type Expected, Fault, type Verified } from './verified.ts'

export class Walk {
  readonly #expected: Expected
  readonly #seen = new Map<number, string>()
  readonly #shown = new Shown()
  readonly #erasures = new Erasures()
  /** the latest places of entries that are there with all they say */
  #recent: number[] = []
  #omittedFrom: number | undefined
  #head: Mark | undefined
  #first: FirstLine | undefined
  #position = 0
  #hash = ''
  #isOver = false
  verified: Omit<Verified, 'ok'> = {
    thumbprint: null,
    chain: null,
    from: null,
    to: null,
    entries: 0,
    omitted: 0,
    filter: null,
    decisions: 0,
    erased: 0,
    unexplained: 0,
  }

  constructor(expected: Expected) {
    this.#expected = expected
  }

  async take(raw: unknown): Promise<void> {
    const { success, data } = lineSchema.safeParse(raw)
    const next = this.#first ? this.#position + 1 : null
    if (!success || this.#isOver || (data.type === 'begin') === (this.#first !== undefined)) {
      throw new Fault('unreadable', next, 'A line is not one of an export, or not in its place.')
    }
    try {
      await this.#read(data)
    } catch (error) {
      if (!(error instanceof Uncanonical)) throw error
      throw new Fault('unreadable', next, 'A line holds text or a number that no export holds.')
    }
  }

  async #read(data: Line): Promise<void> {
    if (data.type === 'begin') await this.#begin(data)
    if (data.type === 'entry') this.#entry(data)
    if (data.type === 'omitted') this.#omitted(data)
    if (data.type === 'end') this.#finish(data)
  }

  async #begin(first: FirstLine): Promise<void> {
    const { key, chain, previous, from, cut, erasure } = first
    const thumbprint = await calculateJwkThumbprint(key, 'sha256')
    this.verified = { ...this.verified, thumbprint, chain }
    if ((this.#expected.thumbprint ?? thumbprint) !== thumbprint || first.thumbprint !== thumbprint) {
      throw new Fault('other-key', null, 'The file names another key than the one expected.')
    }
    this.#first = first
    this.#position = from - 1
    this.#hash = previous ?? chain
    if (this.#expected.head !== undefined) this.#head = this.#mark('head', this.#expected.head)
    if (from === 1 && this.#hash !== chain) throw new Fault('changed', 1, 'The first entry does not begin the chain.')
    if (cut !== null) this.#cut(cut, from)
    if (erasure) this.#erasures.knows(this.#mark('erasure', erasure))
    this.#keep()
  }

  /** Up to a cut there is nothing to follow: what it says of its own place has to agree with what comes after it. */
  #cut(jws: string, from: number): void {
    const cut = this.#mark('cut', jws)
    if (cut.position >= from) throw new Fault('changed', from, 'An entry is there that was taken away.')
    if (cut.position === from - 1 && cut.hash !== this.#hash) {
      throw new Fault('missing', from, 'The chain does not go on where it was cut.')
    }
  }

  #mark<Kind extends MarkKind>(kind: Kind, jws: string) {
    const { key, chain } = this.#first as FirstLine
    const mark = readMark(kind, jws, key as MarkKey)
    if (!mark) throw new Fault('signature', null, `The ${kind} is not signed by the installation’s key.`)
    if (mark.chain !== chain) throw new Fault('signature', null, `The ${kind} belongs to another chain.`)
    return mark
  }

  #entry(entry: EntryLine): void {
    this.#expectPosition(entry.position)
    const digest = digestGiven(entry)
    const hash = digest && linkHash({ position: entry.position, previous: this.#hash, digest })
    if (hash !== entry.hash) throw new Fault('changed', entry.position, changedText(entry))
    const fault = faultOfEvidence(entry)
    if (fault) throw new Fault('evidence', entry.position, `Of the entry “${entry.kind}”, ${fault}.`)
    const kept = neverErased(entry)
    if (kept !== undefined) throw new Fault('erased', entry.position, keptText(entry, kept))
    this.#move(entry.position, hash)
    this.verified.entries += 1
    this.#shown.add(entry)
    this.#erasures.take(entry)
    this.#recent.push(entry.position)
    if (this.#recent.length > 2 * LONGEST_PART) this.#recent = this.#recent.slice(-LONGEST_PART)
    if (entry.evidence?.jws) this.verified.decisions += 1
    if (entry.erased) this.verified.erased += 1
    this.#asSigned(entry.shown)
  }

  #omitted({ position, digests, shown }: OmittedLine): void {
    this.#expectPosition(position)
    this.#omittedFrom ??= position
    for (const [index, digest] of digests.entries()) {
      this.#move(position + index, linkHash({ position: position + index, previous: this.#hash, digest }))
    }
    this.verified.omitted += digests.length
    this.#asSigned(shown)
  }

  /** Attack stopped: as at the end of the file, where it can be told that there is such an entry, but not which one. */
  #asSigned(jws: string | undefined): void {
    if (jws === undefined) return
    const part = this.#mark('part', jws)
    const { from, to } = part
    if (to !== this.#position || to - from >= LONGEST_PART)
      throw new Fault('signature', this.#position, 'What is signed of this stretch is about another one.')
    const [said, found] = [placesIn(part), new Set(this.#recent)]
    for (let place = from; place <= to; place++) {
      if (said.has(place) === found.has(place)) continue
      if (found.has(place)) throw new Fault('inserted', place, `Entry ${place} was left out by the export’s filter.`)
      throw new Fault('missing', place, `Entry ${place} is there by its hash alone, and the export showed it.`)
    }
  }

  #expectPosition(position: number): void {
    const expected = this.#position + 1
    if (position > expected) throw new Fault('missing', expected, `Entry ${expected} is missing.`)
    if (position < expected) throw new Fault('inserted', position, `There is a second entry ${position}.`)
  }

  #move(position: number, hash: string): void {
    this.#position = position
    this.#hash = hash
    this.verified.from ??= position
    this.verified.to = position
    this.#keep()
  }

  /** The hash at the place that a head from elsewhere is about. */
  #keep(): void {
    if (this.#head?.position === this.#position) this.#seen.set(this.#position, this.#hash)
  }

  #finish({ head: jws, export: said, erasure, removed = [] }: LastLine): void {
    const head = this.#mark('head', jws)
    if (head.position > this.#position) {
      throw new Fault('truncated', this.#position + 1, `Entries ${this.#position + 1} to ${head.position} are missing.`)
    }
    if (head.position !== this.#position || head.hash !== this.#hash) {
      throw new Fault('rewritten', this.#position, 'The chain is not the one that the installation signed.')
    }
    const exported = said === undefined ? undefined : this.#mark('export', said)
    if (exported) this.#asSaid(exported)
    else this.#asWhole()
    const until = erasure ? this.#mark('erasure', erasure) : undefined
    this.#explain(head, until, exported?.said === undefined ? undefined : { said: exported.said, removed })
    this.#isOver = true
  }

  /** Attack stopped: a member that was taken out as if it had been erased. */
  #explain(
    { explainedAfter = Infinity }: HeadMark,
    until: ErasureMark | undefined,
    signed: { said: string; removed: readonly string[] } | undefined,
  ): void {
    for (const user of signed?.removed ?? []) this.#erasures.removed(user)
    for (const { entries, first, last } of this.#erasures.left(until)) {
      if (last > explainedAfter) throw new Fault('erased', first > explainedAfter ? first : last, UNEXPLAINED)
      this.verified.unexplained += entries
    }
    if (signed && signed.said !== this.#shown.digests(signed.removed).said)
      throw new Fault('erased', null, 'Something of an entry was erased in the file after the export.')
  }

  /** Attack stopped: an entry that is shown by its hash alone, as if a filter had left it out, and a beginning cut off. */
  #asSaid({ from, filter, position, hash, entries, shown }: ExportMark): void {
    const first = this.#first as FirstLine
    this.verified.filter = filter
    if (position !== this.#position || hash !== this.#hash || sorted(filter) !== sorted(first.filter))
      throw new Fault('signature', null, 'What is signed of the file is about another one.')
    if (from !== first.from) throw new Fault('missing', from, `Entry ${from} is missing.`)
    const isNarrowed = Object.keys(filter).length > 0
    if (!isNarrowed && this.#omittedFrom !== undefined)
      throw new Fault('missing', this.#omittedFrom, `Entry ${this.#omittedFrom} is there by its hash alone.`)
    const found = this.verified.entries
    if (entries !== found || shown !== this.#shown.digests([]).shown)
      throw new Fault('missing', null, `The export had ${entries} entries to be read. Of these some are missing here.`)
  }

  /** An export of before such statements has to be whole, for nothing signed says why it would not be. */
  #asWhole(): void {
    const { from, cut } = this.#first as FirstLine
    const begins = cut === null ? 1 : this.#mark('cut', cut).position + 1
    const missing = from > begins ? begins : this.#omittedFrom
    if (missing !== undefined)
      throw new Fault('missing', missing, `Entry ${missing} is not there, and nothing that is signed says why.`)
  }

  end(): void {
    if (!this.#first) throw new Fault('unreadable', null, 'There is nothing in it.')
    if (!this.#isOver) throw new Fault('truncated', this.#position + 1, 'It has no end: something was cut off.')
    const head = this.#head
    if (!head) return
    if (head.position > this.#position) {
      throw new Fault('truncated', this.#position + 1, `The head kept elsewhere knows ${head.position} entries.`)
    }
    const hash = this.#seen.get(head.position)
    if (hash !== undefined && hash !== head.hash) {
      throw new Fault('rewritten', head.position, 'The chain is not the one of the head kept elsewhere.')
    }
    if (hash === undefined) {
      throw new Fault('missing', head.position, 'The file begins after the place of the head kept elsewhere.')
    }
  }
}

const UNEXPLAINED =
  'Something of the entry is erased, and nothing says why: neither was its person removed after it, nor is it older than what is kept.'

const keptText = ({ kind, at }: EntryLine, member: string) =>
  `Of the entry “${kind}” (${at}), ${member} is erased, which is never erased, whoever is removed.`

const sorted = (filter: Record<string, string>) => JSON.stringify(Object.entries(filter).sort())

function digestGiven(entry: EntryLine): string | undefined {
  const commitments = commitmentsOf(entry as Entry, entry.salts, entry.erased ?? {})
  return commitments && digestOf(entry as Entry, commitments)
}

function changedText({ kind, position, at }: EntryLine): string {
  return `Entry ${position} (“${kind}”, ${at}) is not as it was written, or not the one that stood there.`
}
