// The server's side of an enrolment for tests: it agrees on the same keys and checks the passcode with them.
import { agreeOnKeys, makeAgreementKey } from '../../../client/device/keys.ts'
import type { ActivateCall, EnrolmentOffer } from '../../../protocol/device-api.ts'
import { totp } from '../../../protocol/hotp.ts'
import type { EnrolmentId } from '../../../protocol/ids.ts'
import type { TokenKeys } from '../../../protocol/token-keys.ts'
import { hmacBy, hmacKey } from '../../../protocol/web-crypto.ts'
import { type Asked, json, problem } from './fake-server.ts'
import { DEVICE, START, TOKEN } from './installation.ts'

export const CODE = '0123456789abcdefghjkmnpqrs'

export type EnrolmentServer = {
  offer: EnrolmentOffer
  /** as the server has them after an activation */
  keys(): TokenKeys | undefined
  open(): Response
  activate(asked: Asked): Promise<Response>
}

export async function enrolmentServer(token: Partial<EnrolmentOffer['token']> = {}): Promise<EnrolmentServer> {
  const own = await makeAgreementKey()
  let keys: TokenKeys | undefined
  const offer: EnrolmentOffer = {
    enrolment: `enr_${'0'.repeat(26)}` as EnrolmentId,
    organisation: { name: 'Harbour' },
    user: { username: 'alice', displayName: 'Alice' },
    token: {
      label: 'Work',
      unlock: 'none',
      approval: 'standard',
      numberMatching: true,
      numberDigits: 2,
      otp: { digits: 6, period: 30 },
      ...token,
    },
    serverKey: own.point,
    vapidKey: `B${'A'.repeat(86)}`,
    serverTime: START,
  }
  return {
    offer,
    keys: () => keys,
    open: () => json(offer),
    activate: async ({ body }) => {
      const call = JSON.parse(body) as ActivateCall
      const agreed = await agreeOnKeys(own, call.agreementKey, call.code)
      const expected = await totp(hmacBy(await hmacKey(agreed.totp, 'SHA-1')), Date.parse(START), offer.token.otp)
      if (call.passcode !== expected) return problem('wrong-passcode', 403)
      keys = agreed
      return json({ device: DEVICE, token: TOKEN, serverTime: START }, 201)
    },
  }
}
