// A device's answer to a push, by node:crypto.
import { createHash, createHmac, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bindingText } from '../../protocol/binding.ts'
import type { DeviceRequest } from '../../protocol/device-api.ts'
import { truncate } from '../../protocol/hotp.ts'
import { PUSH_SUITE, questionInput } from '../../protocol/ocra.ts'
import type { Person } from './people.ts'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

export class BenchDevice {
  readonly #person: Person
  readonly #key: KeyObject
  readonly #ocraKey: Buffer

  constructor(person: Person) {
    this.#person = person
    this.#key = createPrivateKey({ key: person.signingKey, format: 'jwk' })
    this.#ocraKey = Buffer.from(person.ocraKey, 'base64url')
  }

  /** The decision as a compact JWS. */
  approve(aud: string, shown: DeviceRequest, number: string | null): string {
    const digest = createHash('sha256')
      .update(bindingText({ ...shown, request: shown.id, number }))
      .digest()
    const mac = createHmac('sha256', this.#ocraKey).update(questionInput(PUSH_SUITE, digest)).digest()
    const header = part({ typ: 'decision+jwt', alg: 'ES256', kid: this.#person.device })
    const payload = part({
      aud,
      iat: Math.floor(Date.now() / 1000),
      jti: randomBytes(16).toString('base64url'),
      request: shown.id,
      token: shown.token,
      verdict: 'approve',
      binding: digest.toString('base64url'),
      passcode: truncate(mac, 8),
    })
    const signed = `${header}.${payload}`
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}
