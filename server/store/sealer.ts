// Secrets at rest: XAES-256-GCM under a key of the master key's, tied to the very cell they are stored in.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import type { Bytes } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import { HALF_BYTES, NONCE_BYTES, xaesKeys } from './xaes.ts'

/** Where a sealed value stands: moved to another row or column, it no longer opens. */
export type Cell = { table: string; column: string; id: string }

export type Sealer = {
  /** names the key that is sealed with from now on; every sealed value begins with its key's id and a dot */
  readonly keyId: string
  /** asks for the master keys again */
  reread(): void
  seal(plain: Uint8Array | string, cell: Cell): string
  /** @throws where the value was altered, moved, or sealed under another key */
  open(sealed: string, cell: Cell): Bytes
  openText(sealed: string, cell: Cell): string
  /** A name for a text that says nothing about it without the master key, and changes with it. */
  blind(text: string): string
}

/** What is in the store was sealed under a key that this process does not have. */
export class OtherMasterKey extends Error {
  constructor(wanted: string, has: string) {
    super(`sealed under another master key (${wanted}, not ${has})`)
  }
}

const AUTHENTICATED = { authTagLength: 16 }

/** @param masterKey 32 bytes */
export const sealer = (masterKey: Uint8Array, random: RandomBytes): Sealer => sealerOf(() => [masterKey], random)

/**
 * While the master key is rotated there are two: the first seals, each opens what was sealed under it.
 * @param masterKeys asked again where a value is met that none known opens: another process may have made a new one
 */
export function sealerOf(masterKeys: () => readonly Uint8Array[], random: RandomBytes): Sealer {
  let ring = ringOf(masterKeys())
  const nextNonce = noncesInRuns(random)

  const reread = () => {
    ring = ringOf(masterKeys())
  }

  function keyNamed(id: string): Key {
    const known = ring.find((key) => key.id === id)
    if (known) return known
    reread()
    const found = ring.find((key) => key.id === id)
    if (!found) throw new OtherMasterKey(id, ring[0].id)
    return found
  }

  function opened(sealed: string, cell: Cell): Buffer {
    const dot = sealed.indexOf('.')
    const id = sealed.slice(0, Math.max(0, dot))
    const { nonceBytes, keyFor } = keyNamed(id)
    const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url')
    const nonce = bytes.subarray(0, nonceBytes)
    const decipher = createDecipheriv('aes-256-gcm', keyFor(nonce), nonce.subarray(-HALF_BYTES), AUTHENTICATED)
    decipher.setAAD(additionalData(id, cell))
    decipher.setAuthTag(bytes.subarray(-16))
    const plain = decipher.update(bytes.subarray(nonceBytes, -16))
    // Adds nothing in this mode, but throws where anything was altered.
    decipher.final()
    return plain
  }

  return {
    get keyId() {
      return ring[0].id
    },
    reread,
    seal(plain, cell) {
      const [{ id, keyFor }] = ring
      const nonce = nextNonce()
      const cipher = createCipheriv('aes-256-gcm', keyFor(nonce), nonce.subarray(HALF_BYTES), AUTHENTICATED)
      cipher.setAAD(additionalData(id, cell))
      const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return `${id}.${body.toString('base64url')}`
    },
    open: (sealed, cell) => new Uint8Array(opened(sealed, cell)),
    openText: (sealed, cell) => opened(sealed, cell).toString('utf8'),
    blind: (text) => createHmac('sha256', ring[0].blinding).update(text).digest('base64url'),
  }
}

/**
 * Nonces whose first half stays for so many values, and with it the key that is made of it: making one costs as much as
 * sealing. Of 65,536 random second halves two are the same with a chance of 2⁻⁶⁵.
 */
const RUN = 65_536

function noncesInRuns(random: RandomBytes): () => Buffer {
  let firstHalf = random(HALF_BYTES)
  let left = RUN
  return () => {
    if (left === 0) [firstHalf, left] = [random(HALF_BYTES), RUN]
    left -= 1
    return Buffer.concat([firstHalf, random(HALF_BYTES)])
  }
}

/** @property keyFor key objects, for bytes in their place cost several times as much at each call */
type Key = { id: string; nonceBytes: number; keyFor: (nonce: Buffer) => KeyObject; blinding: KeyObject }

function ringOf(masterKeys: readonly Uint8Array[]): [Key, ...Key[]] {
  const [first, ...others] = masterKeys.flatMap(keysOf)
  if (!first) throw new RangeError('there is no master key')
  return [first, ...others]
}

/** Of a master key: what is sealed under from now on, and what was sealed under before there was that, which is the master key itself. */
function keysOf(masterKey: Uint8Array): [Key, Key] {
  if (masterKey.length !== 32) throw new RangeError('the master key has 32 bytes')
  const derived = (info: string) => createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', info, 32)))
  const idOf = (info: string) => createHash('sha256').update(`${info}\0`).update(masterKey).digest('hex').slice(0, 8)
  const blinding = derived('countersign/v1/blinding')
  const itself = createSecretKey(masterKey)
  return [
    {
      id: idOf('countersign/v2/master-key-id'),
      nonceBytes: NONCE_BYTES,
      keyFor: remembering(xaesKeys(derived('countersign/v2/sealing'))),
      blinding,
    },
    { id: idOf('countersign/v1/master-key-id'), nonceBytes: HALF_BYTES, keyFor: () => itself, blinding },
  ]
}

/** Keys that were made lately. */
const MOST_KEYS = 1000

function remembering(make: (firstHalf: Uint8Array) => KeyObject): Key['keyFor'] {
  const known = new Map<string, KeyObject>()
  return (nonce) => {
    const firstHalf = nonce.subarray(0, HALF_BYTES)
    const name = firstHalf.toString('base64url')
    const found = known.get(name)
    if (found) return found
    if (known.size >= MOST_KEYS) known.clear()
    const made = make(firstHalf)
    known.set(name, made)
    return made
  }
}

const additionalData = (keyId: string, { table, column, id }: Cell) =>
  Buffer.from(JSON.stringify([keyId, table, column, id]))
