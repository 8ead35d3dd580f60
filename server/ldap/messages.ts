// What an LDAP server sends, as whole messages that are what they should be (RFC 4511 §4.1.1). The library takes a
// result that is missing for success, looks for ever for the end of a list that is shorter than it says, calls itself once
// more for each message that came in one piece, and keeps whatever comes until an answer is at its end.
import { type Element, elements, headAt } from './ber.ts'

/** A group with a hundred thousand members fits. */
const LONGEST = 16 * 1024 * 1024
/** Of all answers that are under way, asked for or not: pages of 500 at most are asked for, and many single entries beside. */
const MOST_ENTRIES = 20_000
const MOST_BYTES = 16 * LONGEST
/** First byte of an id, of four bytes at most: 0 to 2^31 - 1 (RFC 4511 §4.1.1.1). */
const HIGHEST_FIRST = 0x7f

const [BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET, CONTROLS] = [0x01, 0x02, 0x04, 0x0a, 0x30, 0x31, 0xa0]
const [BIND_RESULT, ENTRY, SEARCH_RESULT, REFERENCE, EXTENDED_RESULT] = [0x61, 0x64, 0x65, 0x73, 0x78]

/**
 * For one connection, in the clear or over TLS.
 * Attack stopped: somebody between who begins an answer in the clear, for what the server says over TLS to end it.
 * @returns takes bytes as they come, and gives the messages that are whole now @throws at what is no LDAP
 */
export function wholeMessages(): (more: Buffer) => Buffer[] {
  const answers = bounded()
  let parts: Buffer[] = []
  let held = 0
  let needed = 2
  return (more) => {
    parts.push(more)
    held += more.length
    if (held < needed) return []
    let unread = Buffer.concat(parts)
    const whole: Buffer[] = []
    for (;;) {
      needed = headAt(unread, 0)?.to ?? unread.length + 1
      if (needed > LONGEST) throw new Error('it is too long')
      if (needed > unread.length) break
      whole.push(answers(checked(unread.subarray(0, needed))))
      unread = unread.subarray(needed)
    }
    parts = [unread]
    held = unread.length
    return whole
  }
}

/** Attack stopped: a page that has no end, and entries for ever more questions that nobody asked. */
function bounded(): (message: Buffer) => Buffer {
  const underWay = new Map<number, { entries: number; bytes: number }>()
  let [entries, bytes] = [0, 0]
  return (message) => {
    const { id, operation } = headsOf(message)
    const so = underWay.get(id) ?? { entries: 0, bytes: 0 }
    if (operation !== ENTRY && operation !== REFERENCE) {
      underWay.delete(id)
      entries -= so.entries
      bytes -= so.bytes
      return message
    }
    underWay.set(id, { entries: so.entries + 1, bytes: so.bytes + message.length })
    entries += 1
    bytes += message.length
    if (entries > MOST_ENTRIES || bytes > MOST_BYTES) throw new Error('the answers hold more than was asked for')
    return message
  }
}

/**
 * Of a message that was checked.
 * Attack stopped: the end of an answer under an id that is one here, and to the library, which reads a sign, another.
 */
function headsOf(message: Buffer): { id: number; operation: number | undefined } {
  const id = headAt(message, headAt(message, 0)?.from ?? 0)
  if (!id || (message[id.from] ?? 0) > HIGHEST_FIRST) throw new Error('it is no LDAP')
  return { id: message.readUIntBE(id.from, id.to - id.from), operation: message[id.to] }
}

function checked(message: Buffer): Buffer {
  const [whole] = elements(message)
  const [id, operation, controls, ...rest] = whole?.tag === SEQUENCE ? whole.parts : []
  const isRight =
    id?.tag === INTEGER &&
    isNumber(id) &&
    operation &&
    isOperation(operation) &&
    isControls(controls) &&
    rest.length === 0
  if (!isRight) throw new Error('it is no LDAP')
  return message
}

const isNumber = ({ size }: Element) => size >= 1 && size <= 4

const isAll = (parts: readonly Element[], tag: number) => parts.every((part) => part.tag === tag)

function isOperation({ tag, parts }: Element): boolean {
  if (tag === ENTRY) return isEntry(parts)
  if (tag === REFERENCE) return isAll(parts, OCTETS)
  return ![BIND_RESULT, SEARCH_RESULT, EXTENDED_RESULT].includes(tag) || isResult(parts)
}

/** RFC 4511 §4.1.9; what may come after it is the library's. */
const isResult = ([code, ...texts]: readonly Element[]) =>
  code?.tag === ENUMERATED && isNumber(code) && texts.length >= 2 && isAll(texts.slice(0, 2), OCTETS)

/** RFC 4511 §4.5.2. */
function isEntry([name, attributes, ...rest]: readonly Element[]): boolean {
  const isAttribute = ({ parts: [type, values, ...more] }: Element) =>
    type?.tag === OCTETS && values?.tag === SET && isAll(values.parts, OCTETS) && more.length === 0
  return (
    name?.tag === OCTETS &&
    attributes?.tag === SEQUENCE &&
    isAll(attributes.parts, SEQUENCE) &&
    attributes.parts.every(isAttribute) &&
    rest.length === 0
  )
}

/** RFC 4511 §4.1.11. */
function isControls(controls: Element | undefined): boolean {
  if (!controls) return true
  const isControl = ({ parts: [type, ...more] }: Element) =>
    type?.tag === OCTETS && (isAll(more, OCTETS) || (more[0]?.tag === BOOLEAN && isAll(more.slice(1), OCTETS)))
  return controls.tag === CONTROLS && isAll(controls.parts, SEQUENCE) && controls.parts.every(isControl)
}
