// A house that enrols people, for server tests: everything an enrolment needs, and the device's part in it.
import type { ActivateCall, Subscription } from '../../protocol/device-api.ts'
import type { DeviceId, EnrolmentId } from '../../protocol/ids.ts'
import { DEFAULT_LIMITS } from '../../protocol/limits.ts'
import { argon2Passwords } from '../../server/directory/passwords.ts'
import { activate, type Caller } from '../../server/enrolment/activate.ts'
import { createEnrolment, type NewEnrolment } from '../../server/enrolment/create.ts'
import { openEnrolment } from '../../server/enrolment/open.ts'
import { openPolicies } from '../../server/policy/book.ts'
import { type EndpointRules, refuseWritten } from '../../server/push/endpoint.ts'
import { type AdmittedSubscription, admitSubscription, putSubscription } from '../../server/push/subscriptions.ts'
import type { Db } from '../../server/store/schema.ts'
import type { Sealer } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'
import { ManualClock } from './clock.ts'
import { activation, newSigningKey, QUIET, random, type SigningKey, someUser } from './enrolled.ts'

export const START = '2026-01-01T00:00:10.000Z'

/** Each house has a user and a caller's address of its own. */
export async function enrollingHouse(store: Store, sealer: Sealer, { devicesPerUser = 10 } = {}) {
  const clock = new ManualClock(START)
  const user = await someUser(store)
  const address = `address of ${user.id}`
  const vapid = { publicKey: 'the VAPID key', knows: async () => false, authorization: async () => undefined }
  const lookedUp: string[] = []
  const lookup = async (name: string) => {
    lookedUp.push(name)
    return [name.startsWith('inside.') ? '192.168.0.1' : '93.184.215.14']
  }
  const rules: EndpointRules = { allowedOrigins: [], isProxied: () => false, lookup }
  const needs = {
    store,
    clock,
    random,
    ...QUIET,
    sealer,
    policies: openPolicies(store),
    passwords: argon2Passwords(random, { memoryCost: 64, timeCost: 1, parallelism: 1 }),
    locate: () => undefined,
    blocks: { of: async () => undefined, refuse: async () => {} },
    limits: { ...DEFAULT_LIMITS, devicesPerUser: { count: devicesPerUser } },
    appOrigin: 'https://app.example',
    organisation: { name: 'Harbour' },
    vapid,
    refuseEndpoint: (written: string) => refuseWritten(written, rules),
    admitSubscription: (sent: Subscription) => admitSubscription(sent, { rules, vapid }),
    putSubscription: (tx: Db, device: DeviceId, admitted: AdmittedSubscription) =>
      putSubscription(tx, device, admitted, clock.now()),
  }
  const create = (asked: Partial<NewEnrolment> = {}) => createEnrolment(needs, { user: user.id, ...asked })
  const open = (code: string) => openEnrolment(needs, { code, address })
  /** @param on another process's, which reads policies by itself too */
  const enrol = (call: ActivateCall, caller: Partial<Caller> = {}, on = store) =>
    activate({ ...needs, store: on, policies: openPolicies(on) }, call, { address, ...caller })
  const answer = async (code: string, key: SigningKey, skew = 0) => {
    const { serverKey, token } = await open(code)
    return activation({ code, serverKey, otp: token.otp }, { key, at: clock.now() + skew })
  }
  /** A new enrolment and what a device says to it. @param skew of the device's clock, milliseconds */
  const ready = async ({ key, skew = 0 }: { key?: SigningKey; skew?: number } = {}) => {
    const created = await create()
    return { created, ...(await answer(created.code, key ?? (await newSigningKey()), skew)) }
  }
  const row = (id: EnrolmentId) =>
    store.read.selectFrom('enrolments').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return { clock, user, needs, lookedUp, create, open, enrol, ready, answer, row }
}

/** As many digits, each another than the passcode's. */
export function otherThan({ passcode }: Pick<ActivateCall, 'passcode'>): string {
  return passcode.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10))
}
