// What the chain says of an entry, and how: nobody can change, add or take away an entry without its hash, and with it
// every later one, being another. Members of people's own are in it by commitments only, so that they can be erased.
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import canonicalize from 'canonicalize'

/** An entry as exports have it. */
export type Entry = {
  at: string
  kind: string
  user: string | null
  request: string | null
  device: string | null
  application: string | null
  actor: string | null
  detail: Record<string, unknown>
  evidence: Evidence | null
}

/** A decision as its device signed it. */
export type Evidence = {
  /** compact */
  jws?: string
  /** canonical JSON of what the person saw */
  binding?: string
  /** the device's public key, a JWK */
  key?: string
  /** what the device is called */
  device?: string
}

/** The entry's one salt, from which each member has its own, or those of the members that are left. */
export type Salts = string | Readonly<Record<string, string>>

/** 'detail/reason', 'evidence/binding' → commitment */
export type Commitments = Readonly<Record<string, string>>

/** Half a character, a number beyond all bounds, too deep: what has no one text (RFC 8785 §3.2.2). */
export class Uncanonical extends Error {}

/** @throws {Uncanonical} */
export function canonical(value: unknown): string {
  try {
    return canonicalize(value) as string
  } catch (cause) {
    throw new Uncanonical('has no canonical text', { cause })
  }
}

/** Handed bytes in place of a key object, Node takes three times as long. @param key base64url */
const keyOf = (key: string) => createSecretKey(Buffer.from(key, 'base64url'))

const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest('base64url')

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

/** A member's own salt by its name; undefined for one that was erased. The entry's is made a key once for all of them. */
export function saltsOf(salts: Salts): (member: string) => string | undefined {
  if (typeof salts !== 'string') return (member) => (Object.hasOwn(salts, member) ? salts[member] : undefined)
  const key = keyOf(salts)
  return (member) => hmac(key, member)
}

/** Hides the value from whoever has not its salt, however few values it could have. */
export function commitment(salt: string, value: unknown): string {
  return hmac(keyOf(salt), canonical(value))
}

/** What can be erased, by name. */
export function membersOf({ detail, evidence }: Pick<Entry, 'detail' | 'evidence'>): Record<string, unknown> {
  const named = (group: string, of: object) => Object.entries(of).map(([name, value]) => [`${group}/${name}`, value])
  return Object.fromEntries([...named('detail', detail), ...named('evidence', evidence ?? {})])
}

/** @returns undefined where a member's salt is missing, or a member is both there and erased */
export function commitmentsOf(entry: Entry, salts: Salts, erased: Commitments = {}): Commitments | undefined {
  const commitments: Record<string, string> = { ...erased }
  const saltOf = saltsOf(salts)
  for (const [member, value] of Object.entries(membersOf(entry))) {
    const salt = saltOf(member)
    if (salt === undefined || Object.hasOwn(erased, member)) return undefined
    commitments[member] = commitment(salt, value)
  }
  return commitments
}

/** The hash of an entry alone. */
export function digestOf(entry: Entry, commitments: Commitments): string {
  const { at, kind, user, request, device, application, actor } = entry
  return sha256(canonical({ v: 1, at, kind, user, request, device, application, actor, members: commitments }))
}

/** The hash of the chain up to and with an entry. @param previous that of the entry before, or the chain's own id */
export function linkHash(link: { position: number; previous: string; digest: string }): string {
  return sha256(canonical({ v: 1, position: link.position, previous: link.previous, entry: link.digest }))
}
