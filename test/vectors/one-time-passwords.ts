// RFC 4226, RFC 6238 and RFC 6287 through the code that devices and server share.
import { fromHex, utf8 } from '../../protocol/encoding.ts'
import { hotp, totp, truncate } from '../../protocol/hotp.ts'
import { questionInput } from '../../protocol/ocra.ts'
import { type HashName, hmacBy, hmacKey } from '../../protocol/web-crypto.ts'
import counters from './hotp-rfc4226.json' with { type: 'json' }
import questions from './ocra-rfc6287.json' with { type: 'json' }
import times from './totp-rfc6238.json' with { type: 'json' }
import type { Vector } from './vector.ts'

/** @param key in ASCII, as the RFCs write it */
const hmac = async (key: string, hash: string) => hmacBy(await hmacKey(utf8(key), hash as HashName))

const hotpVectors: Vector[] = counters.passcodes.map((want, counter) => ({
  name: `${counters.source}: counter ${counter}`,
  want,
  got: async () => hotp(await hmac(counters.key, 'SHA-1'), counter, counters.digits),
}))

const totpVectors: Vector[] = times.modes.flatMap(({ hash, key, passcodes }) =>
  Object.entries(passcodes).map(([seconds, want]) => ({
    name: `${times.source}: ${hash} at ${seconds}`,
    want,
    got: async () => totp(await hmac(key, hash), Number(seconds) * 1000, times),
  })),
)

const ocraVectors: Vector[] = questions.suites.flatMap(({ suite, hash, key, digits, question: form, answers }) =>
  answers.map(({ question, answer: want }) => ({
    name: `${questions.source}: ${suite} of ${question}`,
    want,
    got: async () => {
      const asked = form === 'numeric' ? numeric(question) : utf8(question)
      return truncate(await (await hmac(key, hash))(questionInput(suite, asked)), digits)
    },
  })),
)

/** RFC 6287 §5.1: a decimal question in hexadecimal, filled with zeros at its end. */
function numeric(question: string) {
  const digits = BigInt(question).toString(16)
  return fromHex(digits.length % 2 === 0 ? digits : `${digits}0`)
}

export const oneTimePasswords = [...hotpVectors, ...totpVectors, ...ocraVectors]
