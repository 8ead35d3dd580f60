// A code of this moment, which shows the server that the token was unlocked just now.
import { codeAt, type Device, isRefusal, type StoredToken } from '../../device/index.ts'
import { keysOf } from '../unlock/unlock-token.ts'

/** @throws {UnlockFailure} */
export async function withFreshCode<T>(
  device: Device,
  token: StoredToken,
  call: (fresh: { token: StoredToken['id']; passcode: string }) => Promise<T>,
): Promise<T> {
  const keys = await keysOf(device, token)
  const { otp } = token.policy
  const now = device.clock.now()
  const at = async (time: number) => call({ token: token.id, passcode: (await codeAt(keys, otp, time)).code })
  try {
    return await at(now)
  } catch (error) {
    if (!isRefusal(error, 'wrong-passcode')) throw error
    // The code of this moment was spent, on a sign-in or on adding this device: that of the next is taken as well.
    return at(now + otp.period * 1000)
  }
}
