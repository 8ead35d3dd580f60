// What is said of a chain that was followed, and where it first is not what it was.
type FaultKind =
  | 'unreadable'
  | 'changed'
  | 'missing'
  | 'inserted'
  | 'reordered'
  | 'truncated'
  | 'rewritten'
  | 'evidence'
  | 'erased'
  | 'signature'
  | 'other-key'

export type Verified = {
  /** every entry that is there is as it was, and none between the first and the last is missing */
  ok: boolean
  fault?: { kind: FaultKind; position: number | null; detail: string }
  /** of the key that signed: what auditors compare with what they keep */
  thumbprint: string | null
  chain: string | null
  /** places in the chain */
  from: number | null
  to: number | null
  entries: number
  /** left out by the export's filter, and yet followed */
  omitted: number
  /** what the export was narrowed by, as the installation signed it; null: it did not say */
  filter: Record<string, string> | null
  /** decisions whose device's signature was checked */
  decisions: number
  /** entries of which something was erased */
  erased: number
  /** of these, those of which nothing says why, and which are of before the log said so */
  unexplained: number
}

export type Expected = {
  /** a signed head from elsewhere: the chain has to hold it */
  head?: string
  /** the thumbprint of the key that must have signed */
  thumbprint?: string
}

export class Fault extends Error {
  readonly kind: FaultKind
  readonly position: number | null
  constructor(kind: FaultKind, position: number | null, detail: string) {
    super(detail)
    this.kind = kind
    this.position = position
  }
}
