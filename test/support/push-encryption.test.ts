import { expect, it } from 'vitest'
import { openPushMessage } from './push-encryption.ts'

const bytes = (text: string) => Buffer.from(text, 'base64url')

// RFC 8291 §5 and appendix A
const keys = {
  privateKey: bytes('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'),
  publicKey: bytes('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'),
  auth: bytes('BTBZMqHH6r4Tts7J_aSIgg'),
}
const message = bytes(
  'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
)

it('opens the message of RFC 8291', () => {
  expect(openPushMessage(message, keys).toString()).toBe('When I grow up, I want to be a watermelon')
})

it('refuses a changed byte, another secret and a cut message', () => {
  const changed = Buffer.from(message)
  changed[100] = (changed[100] ?? 0) ^ 1
  expect(() => openPushMessage(changed, keys)).toThrow()
  expect(() => openPushMessage(message, { ...keys, auth: Buffer.alloc(16) })).toThrow()
  expect(() => openPushMessage(message.subarray(0, 20), keys)).toThrow('cut off')
})

it('refuses a message whose record size says that there are more records', () => {
  const split = Buffer.from(message)
  split.writeUInt32BE(message.length - 86, 16)
  expect(() => openPushMessage(split, keys)).toThrow('single record')
})
