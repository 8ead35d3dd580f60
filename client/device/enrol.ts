// An enrolment under way, from its code to the moment before activation; it survives the page at every step.

import { codeFrom } from '../../protocol/activation-code.ts'
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import type { Device } from './device.ts'
import { DeviceError } from './errors.ts'
import { makeAgreementKey, makeSigningKey } from './keys.ts'
import type { Enrolment, EnrolmentStep } from './schema.ts'
import type { DeviceStore } from './store.ts'

/**
 * Opens an offer, or takes up the one that is under way with the same code.
 * @param input an activation link or a typed code
 * @throws DeviceError unknown-code (also for what cannot be a code), too-many-requests
 */
export async function openEnrolment({ store, api }: Pick<Device, 'store' | 'api'>, input: string): Promise<Enrolment> {
  const code = codeFrom(input)
  if (code === undefined) throw unknownCode()
  const current = await currentEnrolment(store)
  // Once the activation has been sent the code may be spent, though the answer never arrived: only sending again tells.
  if (current?.code === code && current.sent) return current
  const offer = await api.openEnrolment(code)
  if (current?.code === code) return save(store, { ...current, offer })
  const [signing, agreement] = await Promise.all([makeSigningKey(), makeAgreementKey()])
  return save(store, { code, offer, step: 'you', signing, agreement, sent: false })
}

export function currentEnrolment(store: DeviceStore): Promise<Enrolment | undefined> {
  return store.get('enrolment', 'current')
}

export function atStep(store: DeviceStore, enrolment: Enrolment, step: EnrolmentStep): Promise<Enrolment> {
  return save(store, { ...enrolment, step })
}

/** @param credentialId of the passkey just made for this token, base64url */
export function withCredential(store: DeviceStore, enrolment: Enrolment, credentialId: string): Promise<Enrolment> {
  return save(store, { ...enrolment, credentialId })
}

export function abandonEnrolment(store: DeviceStore): Promise<void> {
  return store.write({ drop: 'enrolment', key: 'current' })
}

export async function save(store: DeviceStore, enrolment: Enrolment): Promise<Enrolment> {
  await store.write({ put: 'enrolment', key: 'current', value: enrolment })
  return enrolment
}

function unknownCode(): DeviceError {
  const title = 'The activation code is wrong, used or expired.'
  return new DeviceError('unknown-code', { type: `${PROBLEM_TYPE}unknown-code`, status: 404, title })
}
