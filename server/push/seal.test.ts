import { createECDH, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { MAX_PLAINTEXT, type PushDocument } from '../../protocol/push-message.ts'
import { openPushMessage } from '../../test/support/push-encryption.ts'
import { pushSealer } from './seal.ts'

const seal = pushSealer((length) => new Uint8Array(randomBytes(length)))

const device = () => {
  const ecdh = createECDH('prime256v1')
  const publicKey = ecdh.generateKeys()
  const auth = randomBytes(16)
  const keys = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
  return { keys, private: { privateKey: ecdh.getPrivateKey(), publicKey, auth } }
}

const documentOf = (body: string): PushDocument => ({
  web_push: 8030,
  mutable: true,
  app_badge: 1,
  notification: {
    title: 'Sign in to Harbour?',
    body,
    navigate: 'https://example.org/requests/1',
    tag: '1',
    lang: 'en',
    dir: 'auto',
    silent: false,
    mutable: true,
    app_badge: 1,
    data: { v: 1, kind: 'test', id: '1' },
  },
  countersign: { v: 1, kind: 'test' },
})

/** A document of exactly so many bytes, though fewer characters. */
const documentOfSize = (bytes: number) => {
  const euro = documentOf('€')
  const missing = bytes - Buffer.byteLength(JSON.stringify(euro))
  return documentOf(`€${'x'.repeat(missing)}`)
}

it('makes a message that its device opens, and no other', async () => {
  const [mine, other] = [device(), device()]
  const sealed = Buffer.from(await seal(documentOf('alice · near Rotterdam'), mine.keys))
  expect(JSON.parse(openPushMessage(sealed, mine.private).toString())).toEqual(documentOf('alice · near Rotterdam'))
  expect(() => openPushMessage(sealed, other.private)).toThrow()
})

it('never makes the same message twice', async () => {
  const { keys } = device()
  const twice = await Promise.all([seal(documentOf('x'), keys), seal(documentOf('x'), keys)])
  // RFC 8188 §2.1: the salt; RFC 8291 §3.1: the sender's key.
  const [salts, senders] = [
    twice.map((body) => hex(body.subarray(0, 16))),
    twice.map((body) => hex(body.subarray(21, 86))),
  ]
  expect(new Set(salts).size).toBe(2)
  expect(new Set(senders).size).toBe(2)
})

it('takes 3,993 bytes, which make the 4,096 that every push service takes, and not one more', async () => {
  const { keys } = device()
  expect(await seal(documentOfSize(MAX_PLAINTEXT), keys)).toHaveLength(4096)
  await expect(seal(documentOfSize(MAX_PLAINTEXT + 1), keys)).rejects.toThrow(RangeError)
})

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
