// What every test of the whole stands in: one installation for many tests, a person and their phones for each. What a
// worker keeps is all declared here, whoever uses it: another set of it would be another process, with a server of its own.
import { rm } from 'node:fs/promises'
import { type Browser, type BrowserContext, test as base } from '@playwright/test'
import type { UserId } from '../../protocol/ids.ts'
import type { TokenPolicy } from '../../protocol/login-request.ts'
import { launchComputers } from '../support/chromium.ts'
import { type PushService, startPushService } from '../support/push-service.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { WireApplication } from '../support/wire-application.ts'
import { type Harbour, startHarbour } from './harbour.ts'
import { type Installation, startInstallation } from './installation.ts'
import { Phone, type PhoneOptions } from './phone.ts'

export { expect } from '@playwright/test'

export const PASSWORD = 'correct horse battery'

export type Policy = Partial<Pick<TokenPolicy, 'unlock' | 'approval' | 'numberMatching' | 'numberDigits'>>

export interface Person {
  username: string
  id: UserId
}

interface Shared {
  service: PushService
  /** Where webhooks go. */
  receiver: WebhookReceiver
  installation: Installation
  /** An application's server. */
  harbour: WireApplication
  /** Another one's. */
  fleet: WireApplication
  computers: Browser
  /** Where people sign in to Harbour. */
  site: Harbour
  /** The profile of a phone on which the app was opened before; none where it would serve too few. */
  worn: string | undefined
  /** The phone whose screens are looked at, with a token of somebody's. */
  carried: Phone
}

interface Own {
  /** Nobody else's user. */
  person: Person
  /** An activation link. */
  link(policy?: Policy): Promise<string>
  /** A phone without a token. */
  newPhone(options?: Partial<PhoneOptions>): Promise<Phone>
  /** A phone with a token of the person's, and no window open. */
  enrolledPhone(policy?: Policy): Promise<Phone>
  /** A browser somewhere else. */
  computer: BrowserContext
}

let people = 0

export const test = base.extend<Own, Shared>({
  service: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using service = await startPushService()
      await use(service)
    },
    { scope: 'worker' },
  ],
  receiver: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using receiver = await WebhookReceiver.start()
      await use(receiver)
    },
    { scope: 'worker' },
  ],
  installation: [
    async ({ service, receiver }, use) => {
      const env = { ...reaching(service), COUNTERSIGN_WEBHOOK_ORIGINS: receiver.origin }
      await using installation = await startInstallation({ env })
      await use(installation)
    },
    { scope: 'worker' },
  ],
  harbour: [async ({ installation }, use) => use(await addApplication(installation, 'Harbour')), { scope: 'worker' }],
  fleet: [async ({ installation }, use) => use(await addApplication(installation, 'Fleet')), { scope: 'worker' }],
  computers: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const browser = await launchComputers()
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  site: [
    async ({ installation }, use) => {
      await using site = await startHarbour(installation)
      await use(site)
    },
    { scope: 'worker' },
  ],
  worn: [
    async ({ installation, service }, use) => {
      const profile = await Phone.worn({ origin: installation.appOrigin, service })
      await use(profile)
      await rm(profile, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],
  carried: [
    async ({ installation, service }, use) => {
      await using phone = await Phone.launch({ origin: installation.appOrigin, service })
      await phone.enrol(await linkFor(installation, await addPerson(installation, 'alice')))
      await phone.lock()
      await use(phone)
    },
    { scope: 'worker' },
  ],

  person: async ({ installation }, use) => use(await addPerson(installation, `alice-${++people}`)),
  link: async ({ installation, person }, use) => use((policy) => linkFor(installation, person, policy)),
  newPhone: async ({ installation, service }, use) => {
    await using phones = new AsyncDisposableStack()
    await use(async (options) =>
      phones.use(await Phone.launch({ origin: installation.appOrigin, service, ...options })),
    )
  },
  enrolledPhone: async ({ newPhone, link, worn }, use) => {
    await use(async (policy) => {
      const [phone, activationUrl] = await Promise.all([newPhone({ worn }), link(policy)])
      await phone.hold(activationUrl)
      return phone
    })
  },
  computer: async ({ computers }, use) => {
    const context = await computers.newContext()
    await use(context)
    await context.close()
  },
})

/** What a server needs to know of a push service that is not on the internet. @param limits others than usual */
export function reaching({ origin, caPath }: Pick<PushService, 'origin' | 'caPath'>, limits: ChangedLimits = {}) {
  return {
    COUNTERSIGN_PUSH_ORIGINS: origin,
    NODE_EXTRA_CA_CERTS: caPath,
    COUNTERSIGN_LIMITS: JSON.stringify({ ...MANY_SIGN_INS, ...limits }),
  }
}

export type ChangedLimits = Record<string, { count?: number; seconds?: number }>

/** All of these tests come from one address, and one after the other. */
const MANY_SIGN_INS = { signInsPerAddress: { count: 10_000 }, enrolmentOpens: { count: 10_000 } }

export async function addApplication({ command, wire }: Installation, name: string): Promise<WireApplication> {
  const { apiKey } = await command<{ apiKey: string }>(['app', 'add', name])
  return new WireApplication(wire, apiKey)
}

export function addPerson({ command }: Installation, username: string): Promise<Person> {
  return command<Person>(['user', 'add', username, '--password-stdin'], PASSWORD)
}

export async function linkFor({ command }: Installation, { username }: Person, policy: Policy = {}): Promise<string> {
  const { activationUrl } = await command<{ activationUrl: string }>(['enrol', username, ...wordsOf(policy)])
  return activationUrl
}

interface ListedToken {
  id: string
  device: string
  state: string
}

/** As an operator sees them. */
export async function tokensOf({ command }: Installation, { username }: Person): Promise<ListedToken[]> {
  return (await command<{ tokens: ListedToken[] }>(['token', 'list', username])).tokens
}

function wordsOf({ unlock, approval, numberMatching, numberDigits }: Policy): string[] {
  return [
    ...(unlock ? ['--unlock', unlock] : []),
    ...(approval ? ['--approval', approval] : []),
    ...(numberMatching === undefined ? [] : ['--number-matching', numberMatching ? 'on' : 'off']),
    ...(numberDigits === undefined ? [] : ['--digits', String(numberDigits)]),
  ]
}
