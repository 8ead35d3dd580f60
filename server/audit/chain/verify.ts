// Follows a chain entry by entry, and says where it first is not what it was. Needs no store: an auditor has a file.
import { type Expected, Fault, type Verified } from './verified.ts'
import { Walk } from './walk.ts'

/** @param lines as parsed from JSON, or undefined for what is not JSON */
export async function verifyChain(lines: AsyncIterable<unknown>, expected: Expected = {}): Promise<Verified> {
  const walk = new Walk(expected)
  const rest = lines[Symbol.asyncIterator]()
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) await walk.take(next.value)
    walk.end()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { kind, position, message } = await explained(error, rest)
    return { ...walk.verified, ok: false, fault: { kind, position, detail: message } }
  } finally {
    await rest.return?.()
  }
  return { ...walk.verified, ok: true }
}

/** What seems missing may stand further on. */
async function explained(fault: Fault, rest: AsyncIterator<unknown>): Promise<Fault> {
  if (fault.kind !== 'missing') return fault
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    const { position } = (next.value ?? {}) as { position?: unknown }
    if (position === fault.position) return new Fault('reordered', fault.position, 'The entry stands further on.')
  }
  return fault
}
