import { createHash, randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type DeviceId, newId } from '../../protocol/ids.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { freePort } from '../../test/support/free-port.ts'
import { type PushService, startPushService } from '../../test/support/push-service.ts'
import { trust } from '../../test/support/trust.ts'
import { sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { Courier } from './courier.ts'
import { type Compose, deliverer } from './deliver.ts'
import { type Outbound, openOutbound } from './outbound.ts'
import { CLAIM_MS, claimDue, finish, insertPushes, type NewPush, type PushJob, release } from './outbox.ts'
import { pushSealer } from './seal.ts'
import { pushSender } from './send.ts'
import { putSubscription, subscriptionOf } from './subscriptions.ts'
import { openVapid, type Vapid } from './vapid.ts'

const MINUTE = 60_000
const random = (length: number) => new Uint8Array(randomBytes(length))
const masterKey = randomBytes(32)

let clock: ManualClock
let service: PushService
beforeAll(async () => {
  service = await startPushService({ now: () => clock.now() })
  trust(service.ca)
})
afterAll(() => service.stop())

const documentOf = (job: PushJob): PushDocument => ({
  web_push: 8030,
  mutable: true,
  app_badge: 1,
  notification: {
    title: 'Sign in to Harbour?',
    body: 'alice · near Rotterdam',
    navigate: `https://login.example.org/requests/${job.request_id}`,
    tag: job.request_id ?? 'test',
    lang: 'en',
    dir: 'auto',
    silent: false,
    mutable: true,
    app_badge: 1,
    data: { v: 1, kind: 'test', id: job.id },
  },
  countersign: { v: 1, kind: 'test' },
})

/** A process of the installation: its own store, connections and courier. */
class Process {
  readonly store: Store
  readonly vapid: Vapid
  readonly outbound: Outbound
  readonly courier: Courier
  readonly told: { device: DeviceId; delivery: 'sent' | 'failed' }[] = []
  readonly logged: string[] = []
  compose: Compose = async (job) => documentOf(job)

  private constructor(store: Store, vapid: Vapid, allowedOrigins: string[]) {
    this.store = store
    this.vapid = vapid
    const lookup = async () => ['127.0.0.1']
    this.outbound = openOutbound({ allowedOrigins, lookup, httpsProxy: undefined, noProxy: undefined })
    const line = (level: string) => (about: Record<string, unknown>, message: string) =>
      this.logged.push(JSON.stringify({ level, message, ...about, ...(about.err ? { err: `${about.err}` } : {}) }))
    const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
    const sender = pushSender({ outbound: this.outbound, clock })
    const compose: Compose = (job) => this.compose(job)
    this.courier = new Courier({
      store,
      clock,
      log,
      sender,
      deliver: deliverer({ clock, random, vapid, seal: pushSealer(random), sender, compose, log }),
      onDelivery: async (_tx, announce, job, delivery) => {
        announce(`device:${job.device_id}`)
        this.told.push({ device: job.device_id, delivery })
      },
    })
  }

  static async open(database: Database, about: { vapid?: (ours: Vapid) => Vapid; origins?: string[] } = {}) {
    const store = await database.open()
    const subject = 'https://login.example.org'
    const ours = await openVapid({ store, sealer: sealer(masterKey, random), clock, subject })
    return new Process(store, about.vapid?.(ours) ?? ours, [service.origin, ...(about.origins ?? [])])
  }

  async close() {
    await this.courier.stop()
    await this.outbound.close()
    await this.store.close()
  }

  /** A device, subscribed under the key that is the installation's now. */
  async device(about: { origin?: string; madeWith?: string } = {}) {
    const made = service.createSubscription({ applicationServerKey: this.vapid.publicKey })
    const endpoint = about.origin ? made.endpoint.replace(service.origin, about.origin) : made.endpoint
    const device = newId('dev', random)
    await this.subscribe(device, { ...made, endpoint }, about.madeWith)
    return { device, endpoint, keys: made.keys }
  }

  async subscribe(
    device: DeviceId,
    made: ReturnType<PushService['createSubscription']>,
    madeWith = this.vapid.publicKey,
  ) {
    const admitted = { endpoint: made.endpoint, ...made.keys, vapid_key: madeWith }
    await this.store.write((tx) => putSubscription(tx, device, admitted, clock.now()))
  }

  insert(...pushes: NewPush[]): Promise<PushJob[]> {
    return this.store.write((tx) => insertPushes(tx, pushes, { now: clock.now(), random }))
  }

  async push(device: DeviceId, about: Partial<NewPush> = {}): Promise<PushJob> {
    const [job] = await this.insert(wish(device, about))
    if (!job) throw new Error('a job was inserted')
    this.courier.dispatch([job])
    return job
  }

  outbox() {
    return this.store.read.selectFrom('outbox').selectAll().execute()
  }

  /** Waits for what the courier writes after the wire has been quiet. */
  async untilPostponed(attempts = 1) {
    await vi.waitFor(async () => expect((await this.outbox()).map((row) => row.attempts)).toEqual([attempts]), SOON)
  }

  async untilTold(...deliveries: ('sent' | 'failed')[]) {
    await vi.waitFor(() => expect(this.told.map(({ delivery }) => delivery)).toEqual(deliveries), SOON)
    await vi.waitFor(async () => expect(await this.outbox()).toEqual([]), SOON)
  }
}

const SOON = { timeout: 10_000, interval: 2 }

const wish = (device: DeviceId, about: Partial<NewPush> = {}): NewPush => ({
  kind: 'login-request',
  device_id: device,
  request_id: newId('req', random),
  expires_at: clock.now() + MINUTE,
  ...about,
})
const messageFor = (endpoint: string) => service.nextMessage(({ subscription }) => subscription.endpoint === endpoint)
const attemptOf = (endpoint: string) => service.nextAttempt((attempt) => attempt.endpoint === endpoint)

describe.each(ENGINES)('on %s', (engine) => {
  let database: Database
  /** Outlives the processes of the tests. */
  let keeper: Store
  let processes: Process[]
  const open = async (...about: Parameters<typeof Process.open> extends [Database, ...infer Rest] ? Rest : never) => {
    const process = await Process.open(database, ...about)
    processes.push(process)
    return process
  }
  const started = async (...about: Parameters<typeof open>) => {
    const process = await open(...about)
    await process.courier.start()
    return process
  }

  beforeAll(async () => {
    database = await newDatabase(engine)
    keeper = await database.open()
  })
  afterAll(() => database.remove())
  beforeEach(() => {
    clock = new ManualClock()
    processes = []
  })
  afterEach(async () => {
    service.faults.splice(0)
    await Promise.all(processes.map((process) => process.close()))
    await keeper.write((tx) => tx.deleteFrom('outbox').execute())
  })

  describe('a push', () => {
    it('reaches its device as it was composed, with the request’s time, topic and sender', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      const job = await server.push(device)
      const message = await messageFor(endpoint)
      expect(JSON.parse(message.plaintext ?? '')).toEqual(documentOf(job))
      const topic = createHash('sha256').update(`${job.request_id}`).digest('base64url').slice(0, 32)
      expect(message).toMatchObject({ ttl: 60, urgency: 'high', topic })
      expect(message.claims).toMatchObject({ aud: service.origin, sub: 'https://login.example.org' })
      await server.untilTold('sent')
      expect(server.told).toEqual([{ device, delivery: 'sent' }])
    })

    // On PostgreSQL what is read for it first takes longer than a turn.
    if (engine === 'sqlite')
      it('is made only when whoever asked for it has been answered', async () => {
        const server = await started()
        const { device } = await server.device()
        // The first push to a service waits for a signature of its own.
        await server.push(device)
        await server.untilTold('sent')
        let made = 0
        server.compose = async (job) => {
          made += 1
          return documentOf(job)
        }
        const [job] = await server.insert(wish(device))
        const madeBefore = new Promise<number>((answered) => setImmediate(() => answered(made)))
        server.courier.dispatch(job ? [job] : [])
        expect(await madeBefore).toBe(0)
        await server.untilTold('sent', 'sent')
        expect(made).toBe(1)
      })

    it('says how many whole seconds are left when it goes out', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      await server.push(device, { expires_at: clock.now() + 12_900 })
      expect((await messageFor(endpoint)).ttl).toBe(12)
    })

    it('that settles a request takes the place of the request’s own, and lives a minute at least', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      const { request_id } = await server.push(device)
      const { topic } = await messageFor(endpoint)
      await server.push(device, { kind: 'settled', request_id, expires_at: clock.now() + 5000 })
      expect(await messageFor(endpoint)).toMatchObject({ topic, ttl: 60 })
    })

    it('that settles a request is not sent to Apple, where it would be one more notification', async () => {
      const server = await started()
      const { device } = await server.device({ origin: 'https://web.push.apple.com' })
      const composed = vi.fn(server.compose)
      server.compose = composed
      await server.push(device, { kind: 'settled' })
      await vi.waitFor(async () => expect(await server.outbox()).toEqual([]), SOON)
      expect(composed).not.toHaveBeenCalled()
      expect(server.told).toEqual([])
    })

    it('that nobody wants any more is not sent, nor told as failed', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      server.compose = async () => undefined
      await server.push(device)
      await vi.waitFor(async () => expect(await server.outbox()).toEqual([]), SOON)
      expect(server.told).toEqual([])
      expect(service.attempts.filter((attempt) => attempt.endpoint === endpoint)).toEqual([])
    })

    it('to a device without a subscription fails', async () => {
      const server = await started()
      await server.push(newId('dev', random))
      await server.untilTold('failed')
    })

    it('is logged by the origin of its service, and by nothing that is a secret', async () => {
      const server = await started()
      const { device, endpoint, keys } = await server.device()
      service.faults.push({ status: 500, endpoint })
      await server.push(device)
      await server.untilPostponed()
      await clock.advance(500)
      await server.untilTold('sent')
      const log = server.logged.join('\n')
      expect(log).toContain(service.origin)
      for (const secret of [new URL(endpoint).pathname, keys.auth, keys.p256dh, 'Rotterdam', 'vapid t=']) {
        expect(log).not.toContain(secret)
      }
    })
  })

  describe('a push service', () => {
    it('that is busy is asked again when it said', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ status: 429, headers: { 'retry-after': '7' }, endpoint })
      await server.push(device)
      const asked = clock.now()
      await server.untilPostponed()
      expect((await server.outbox())[0]?.due_at).toBe(asked + 7000)
      await clock.advance(7000)
      expect(await messageFor(endpoint)).toMatchObject({ ttl: 53 })
      await server.untilTold('sent')
    })

    it.each([
      ['fails', { status: 500 }],
      ['breaks the connection', { reset: true }],
    ])('that %s is asked again, a little later each time', async (_, fault) => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ ...fault, endpoint }, { ...fault, endpoint })
      await server.push(device)
      await server.untilPostponed(1)
      await clock.advance(500)
      await server.untilPostponed(2)
      await clock.advance(1000)
      expect(await messageFor(endpoint)).toBeDefined()
      await server.untilTold('sent')
    })

    it('that never answers is given up after 10 seconds, and asked again', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ hang: true, endpoint })
      await server.push(device)
      expect(await attemptOf(endpoint)).toMatchObject({ outcome: 'hung' })
      await clock.advance(10_000)
      await server.untilPostponed()
      await clock.advance(500)
      await messageFor(endpoint)
      await server.untilTold('sent')
    })

    it('that cannot be reached until the request has expired has failed it', async () => {
      const origin = `https://localhost:${await freePort()}`
      const server = await started({ origins: [origin] })
      const { device } = await server.device({ origin })
      await server.push(device, { expires_at: clock.now() + 800 })
      await server.untilPostponed()
      await clock.advance(500)
      await server.untilTold('failed')
    })

    it('that asks for more patience than the request has left has failed it at once', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ status: 503, headers: { 'retry-after': '60' }, endpoint })
      await server.push(device)
      await server.untilTold('failed')
    })

    it('that refuses a message is not asked again', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ status: 413, endpoint })
      await server.push(device)
      await server.untilTold('failed')
      expect(await subscriptionOf(server.store.read, device)).toBeDefined()
    })
  })

  describe('a subscription', () => {
    it('that is gone is forgotten', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.gone(endpoint)
      await server.push(device)
      await server.untilTold('failed')
      expect(await subscriptionOf(server.store.read, device)).toBeUndefined()
    })

    it('that came while the former one was found to be gone is kept', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      const next = service.createSubscription({ applicationServerKey: server.vapid.publicKey })
      service.gone(endpoint)
      server.compose = async (job) => {
        await server.subscribe(device, next)
        return documentOf(job)
      }
      await server.push(device)
      await server.untilTold('failed')
      expect((await subscriptionOf(server.store.read, device))?.endpoint).toBe(next.endpoint)
    })

    it('made with a former key is served with that key', async () => {
      const server = await started({ vapid: (ours) => ({ ...ours, publicKey: 'newer' }) })
      const former = await keyOf(server)
      const made = service.createSubscription({ applicationServerKey: former })
      const device = newId('dev', random)
      await server.subscribe(device, made, former)
      await server.push(device)
      await messageFor(made.endpoint)
      await server.untilTold('sent')
    })

    it('whose former key the service no longer takes is forgotten', async () => {
      const server = await started({ vapid: (ours) => ({ ...ours, publicKey: 'newer' }) })
      const former = await keyOf(server)
      const { device, endpoint } = await server.device({ madeWith: former })
      service.faults.push({ status: 403, endpoint })
      await server.push(device)
      await server.untilTold('failed')
      expect(await subscriptionOf(server.store.read, device)).toBeUndefined()
    })

    it('whose key is not ours any more is forgotten without asking', async () => {
      const server = await started()
      const { device, endpoint } = await server.device({ madeWith: 'forgotten' })
      await server.push(device)
      await server.untilTold('failed')
      expect(await subscriptionOf(server.store.read, device)).toBeUndefined()
      expect(service.attempts.filter((attempt) => attempt.endpoint === endpoint)).toEqual([])
    })

    it('is kept when the service refuses the current key: the fault is ours', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ status: 403, endpoint })
      await server.push(device)
      await server.untilTold('failed')
      expect(await subscriptionOf(server.store.read, device)).toBeDefined()
    })
  })

  describe('the outbox', () => {
    it('is emptied of what a process left when it died', async () => {
      const dead = await open()
      const { device, endpoint } = await dead.device()
      await dead.insert(wish(device))
      const server = await started()
      await clock.advance(CLAIM_MS)
      await messageFor(endpoint)
      await server.untilTold('sent')
    })

    it('keeps a push that could not be composed, which is said aloud and tried again', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      const compose = server.compose
      server.compose = () => Promise.reject(new Error('a defect'))
      await server.push(device)
      await server.untilPostponed()
      expect(server.logged.join('\n')).toContain('a defect')
      server.compose = compose
      await clock.advance(500)
      await messageFor(endpoint)
      await server.untilTold('sent')
    })

    it('keeps what is handed to a courier that does not run, for the next that does', async () => {
      const idle = await open()
      const { device, endpoint } = await idle.device()
      await idle.push(device)
      await vi.waitFor(async () => expect(await idle.outbox()).toMatchObject([{ claimed_until: 0 }]), SOON)
      await idle.courier.start()
      await messageFor(endpoint)
      await idle.untilTold('sent')
    })

    it('has back what a command wrote that ends with it', async () => {
      const command = await open()
      const { device } = await command.device()
      await command.push(device)
      processes = []
      await command.store.close()
      expect(await keeper.read.selectFrom('outbox').select('claimed_until').execute()).toEqual([{ claimed_until: 0 }])
      await command.outbound.close()
    })

    it('is looked into when another transaction says so', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      await server.store.write(async (tx, announce) => {
        await release(tx, await insertPushes(tx, [wish(device)], { now: clock.now(), random }))
        announce('outbox')
      })
      await messageFor(endpoint)
      await server.untilTold('sent')
    })

    it('is left alone where another process took a job over that had waited too long here', async () => {
      const [slow, other] = [await started(), await open()]
      const { device, endpoint } = await slow.device()
      const [job] = await slow.insert(wish(device))
      if (!job) throw new Error('a job was inserted')
      await keeper.write((tx) => release(tx, [job]))
      await claimDue(other.store, clock.now() + 1, 1)
      await clock.advance(CLAIM_MS - 5000)
      const write = vi.spyOn(slow.store, 'write')
      slow.courier.dispatch([job])
      await vi.waitFor(() => expect(write.mock.settledResults[0]?.type).toBe('fulfilled'), SOON)
      await slow.courier.stop()
      expect(slow.told).toEqual([])
      expect(service.attempts.filter((attempt) => attempt.endpoint === endpoint)).toEqual([])
      expect(await slow.outbox()).toHaveLength(1)
    })

    it('is told of by the process that ends a job, not by one that was slower', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      server.compose = async (job) => {
        await keeper.write((tx) => finish(tx, job))
        return documentOf(job)
      }
      const told = vi.fn()
      server.store.subscribe(`device:${device}`, told)
      await server.push(device)
      await messageFor(endpoint)
      await server.courier.stop()
      expect(told).not.toHaveBeenCalled()
    })

    it('holds a job for longer that has waited for its turn', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      const jobs = await server.insert(wish(device))
      await clock.advance(CLAIM_MS - 5000)
      service.faults.push({ hang: true, endpoint })
      server.courier.dispatch(jobs)
      await attemptOf(endpoint)
      expect(await server.outbox()).toMatchObject([{ claimed_until: clock.now() + CLAIM_MS }])
      await clock.advance(10_000)
      await server.untilPostponed()
      await clock.advance(500)
      await server.untilTold('sent')
    })

    it('is shared by two processes, each push being sent once', async () => {
      const [one, two] = [await open(), await open()]
      const devices = await Promise.all(Array.from({ length: 40 }, () => one.device()))
      const before = service.messages.length
      await one.store.write(async (tx) => {
        const wishes = devices.map(({ device }) => wish(device))
        await release(tx, await insertPushes(tx, wishes, { now: clock.now(), random }))
      })
      await Promise.all([one.courier.start(), two.courier.start()])
      await vi.waitFor(async () => expect(await one.outbox()).toEqual([]), SOON)
      const endpoints = service.messages.slice(before).map(({ subscription }) => subscription.endpoint)
      expect(endpoints.sort()).toEqual(devices.map(({ endpoint }) => endpoint).sort())
      const told = [...one.told, ...two.told].map(({ device }) => device)
      expect(told.sort()).toEqual(devices.map(({ device }) => device).sort())
    })
  })

  describe('a courier that stops', () => {
    it('finishes what is on the wire', async () => {
      const server = await started()
      const { device, endpoint } = await server.device()
      service.faults.push({ delay: 50, endpoint })
      await server.push(device)
      await vi.waitFor(() => expect(service.faults).toEqual([]), SOON)
      await server.courier.stop()
      expect(server.told).toEqual([{ device, delivery: 'sent' }])
      expect(await server.outbox()).toEqual([])
    })

    it('waits 5 seconds, and leaves the rest for the next process', async () => {
      const first = await started()
      const devices = await Promise.all(Array.from({ length: 70 }, () => first.device()))
      for (const { endpoint } of devices) service.faults.push({ hang: true, endpoint })
      first.courier.dispatch(await first.insert(...devices.map(({ device }) => wish(device))))
      // As many as go to one push service at once.
      for (let hung = 0; hung < 64; hung++) await service.nextAttempt(({ outcome }) => outcome === 'hung')
      let isStopped = false
      const stopped = first.courier.stop().then(() => {
        isStopped = true
      })
      // What has not begun is given back before the wait begins.
      await clock.whenWaitingFor(5000)
      expect(unclaimed(await first.outbox())).toBe(6)
      await clock.advance(4999)
      expect(isStopped).toBe(false)
      await clock.advance(1)
      await stopped
      expect(unclaimed(await first.outbox())).toBe(70)
      expect(first.told).toEqual([])

      service.faults.splice(0)
      const next = await started()
      await clock.advance(500)
      await vi.waitFor(() => expect(next.told).toHaveLength(70), SOON)
      expect(next.told.every(({ delivery }) => delivery === 'sent')).toBe(true)
    })
  })
})

const unclaimed = (rows: PushJob[]) => rows.filter(({ claimed_until }) => claimed_until === 0).length

/** The key that the installation signs with, whichever it gives out. */
async function keyOf({ store }: Process): Promise<string> {
  const about = { store, sealer: sealer(masterKey, random), clock, subject: 'https://login.example.org' }
  return (await openVapid(about)).publicKey
}
