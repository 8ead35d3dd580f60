// What is one inside the other in a message of LDAP: tags and lengths (X.690 §8.1, as RFC 4511 §5.1 narrows it).

/** `to` is where it ends, which may be beyond what has come yet. */
type Head = { tag: number; from: number; to: number }
export type Element = { tag: number; size: number; parts: readonly Element[] }

const IS_CONSTRUCTED = 0x20
const DEEPEST = 8

/** @returns undefined where so little has come that its length is not known @throws where it has none */
export function headAt(bytes: Buffer, at: number): Head | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) return undefined
  if (first < 0x80) return { tag, from: at + 2, to: at + 2 + first }
  const count = first & 0x7f
  if (count === 0 || count > 4) throw new Error('a length is none')
  const from = at + 2 + count
  return from > bytes.length ? undefined : { tag, from, to: from + bytes.readUIntBE(at + 2, count) }
}

/** @throws where one is longer than what it is in */
export function elements(bytes: Buffer, deep = 0): Element[] {
  if (deep > DEEPEST) throw new Error('it is too deep')
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at)
    if (!head || head.to > bytes.length) throw new Error('a length leads beyond the end')
    const { tag, from, to } = head
    const parts = (tag & IS_CONSTRUCTED) === 0 ? [] : elements(bytes.subarray(from, to), deep + 1)
    found.push({ tag, size: to - from, parts })
    at = to
  }
  return found
}
