// RFC 8785 through the library that makes our bindings canonical.
import canonicalize from 'canonicalize'
import { fromHex } from '../../protocol/encoding.ts'
import jcs from './jcs-rfc8785.json' with { type: 'json' }
import { REFUSED, type Vector } from './vector.ts'

const numbers: Vector[] = jcs.numbers.map(({ ieee, json }) => ({
  name: `RFC 8785, appendix B: ${ieee}`,
  want: json ?? REFUSED,
  got: () => canonicalNumber(new DataView(fromHex(ieee).buffer).getFloat64(0)),
}))

const documents: Vector[] = jcs.documents.map(({ name, text, canonical }) => ({
  name: `RFC 8785, section ${name}`,
  want: canonical,
  got: () => String(canonicalize(JSON.parse(text))),
}))

function canonicalNumber(value: number): string {
  if (Number.isFinite(value)) return String(canonicalize(value))
  try {
    return String(canonicalize(value))
  } catch {
    return REFUSED
  }
}

export const canonicalJson = [...numbers, ...documents]
