// Secrets at rest: AES-256-GCM under the master key, tied to the very place they are stored in.
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

/** Where a sealed value stands: moved to another row or column, it no longer opens. */
export type Place = { table: string; column: string; id: string }

export type Sealer = {
  /** names the key that is sealed with from now on; every sealed value begins with its key's id and a dot */
  readonly keyId: string
  /** asks for the master keys again */
  reread(): void
  seal(plain: Uint8Array | string, place: Place): string
  /** @throws where the value was altered, moved, or sealed under another key */
  open(sealed: string, place: Place): Bytes
  openText(sealed: string, place: Place): string
  /** A name for a text that says nothing about it without the master key, and changes with it. */
  blind(text: string): string
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

  const reread = () => {
    ring = ringOf(masterKeys())
  }

  function keyNamed(id: string): Key {
    const known = ring.find((key) => key.id === id)
    if (known) return known
    reread()
    const found = ring.find((key) => key.id === id)
    if (!found) throw new Error(`sealed under another master key (${id}, not ${ring[0].id})`)
    return found
  }

  function opened(sealed: string, place: Place): Buffer {
    const dot = sealed.indexOf('.')
    const id = sealed.slice(0, Math.max(0, dot))
    const { key } = keyNamed(id)
    const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), AUTHENTICATED)
    decipher.setAAD(additionalData(id, place))
    decipher.setAuthTag(bytes.subarray(-16))
    const plain = decipher.update(bytes.subarray(12, -16))
    // Adds nothing in this mode, but throws where anything was altered.
    decipher.final()
    return plain
  }

  return {
    get keyId() {
      return ring[0].id
    },
    reread,
    seal(plain, place) {
      const [{ id, key }] = ring
      const nonce = random(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, AUTHENTICATED)
      cipher.setAAD(additionalData(id, place))
      const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return `${id}.${body.toString('base64url')}`
    },
    open: (sealed, place) => new Uint8Array(opened(sealed, place)),
    openText: (sealed, place) => opened(sealed, place).toString('utf8'),
    blind: (text) => createHmac('sha256', ring[0].blinding).update(text).digest('base64url'),
  }
}

// A key object: bytes in its place cost several times as much at each call.
type Key = { id: string; key: KeyObject; blinding: KeyObject }

function ringOf(masterKeys: readonly Uint8Array[]): [Key, ...Key[]] {
  const [first, ...others] = masterKeys.map(keyOf)
  if (!first) throw new RangeError('there is no master key')
  return [first, ...others]
}

function keyOf(masterKey: Uint8Array): Key {
  if (masterKey.length !== 32) throw new RangeError('the master key has 32 bytes')
  const hash = createHash('sha256').update('countersign/v1/master-key-id\0').update(masterKey)
  const blinding = Buffer.from(hkdfSync('sha256', masterKey, '', 'countersign/v1/blinding', 32))
  return { id: hash.digest('hex').slice(0, 8), key: createSecretKey(masterKey), blinding: createSecretKey(blinding) }
}

const additionalData = (keyId: string, { table, column, id }: Place) =>
  Buffer.from(JSON.stringify([keyId, table, column, id]))
