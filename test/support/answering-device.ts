// A person's device that answers requests, without an app around it: what it signs is what the protocol page says.
import { createHmac } from 'node:crypto'
import { bindingDigest } from '../../protocol/binding.ts'
import { signDecision, type Verdict } from '../../protocol/decision.ts'
import type { DeviceRequest } from '../../protocol/device-api.ts'
import { base64url } from '../../protocol/encoding.ts'
import { timeStep } from '../../protocol/hotp.ts'
import type { UserId } from '../../protocol/ids.ts'
import { pushPasscode } from '../../protocol/ocra.ts'
import { pendingOnDevice } from '../../server/on-device/requests.ts'
import { totpAt } from '../../server/passcodes/totp.ts'
import { type DecideNeeds, decide } from '../../server/requests/decide.ts'
import { random, someDevice, someToken } from './enrolled.ts'

export type AnsweringDevice = Awaited<ReturnType<typeof answeringDevice>>

export async function answeringDevice(needs: DecideNeeds, user: UserId) {
  const { store, sealer, clock } = needs
  const { row, key } = await someDevice(store)
  const { keys } = await someToken(store, { sealer, user, device: row.id })
  const hmac = (message: Uint8Array) => new Uint8Array(createHmac('sha256', keys.ocra).update(message).digest())

  const pending = (): Promise<DeviceRequest[]> => pendingOnDevice(needs, row.id)

  /** Answers the newest request. @param number what was typed */
  async function answer(verdict: Verdict, number: string | null = null, to?: DeviceRequest) {
    const request = to ?? (await pending())[0]
    if (!request) throw new Error('nothing waits on the device')
    const { id, ...shown } = request
    const binding = await bindingDigest({ ...shown, request: id, number: verdict === 'approve' ? number : null })
    const said = {
      aud: needs.appOrigin,
      iat: Math.floor(clock.now() / 1000),
      jti: base64url(random(16)),
      request: id,
      token: request.token,
      binding,
      verdict,
    }
    const passcode = await pushPasscode(hmac, binding)
    const jws = await signDecision(
      key.privateKey,
      row.id,
      verdict === 'approve' ? { ...said, verdict, passcode } : said,
    )
    return decide(needs, jws, '127.0.0.1')
  }

  return {
    id: row.id,
    pending,
    answer,
    /** The code its app shows now, or some steps later. */
    code: (steps = 0) => totpAt(keys.totp, timeStep(clock.now(), 30) + steps, 6),
  }
}
