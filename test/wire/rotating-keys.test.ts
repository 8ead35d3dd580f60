// New VAPID and master keys while people sign in: nobody enrols or signs in again, and nothing is left under the old key.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { SEALED } from '../../server/store/reseal.ts'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { newHouse, startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { countersign } from '../support/wire-process.ts'
import { pushHouse } from '../support/wire-pushes.ts'

type Found = { table: string; column: string; value: string }

/** Every value of the store that looks sealed, wherever it stands. */
async function sealedIn({ store }: TestServer): Promise<Found[]> {
  const found: Found[] = []
  for (const { name: table, columns } of await store.read.introspection.getTables()) {
    for (const { name: column } of columns.filter(({ dataType }) => dataType.toLowerCase() === 'text')) {
      const { rows } = await sql<{
        value: string | null
      }>`select ${sql.ref(column)} as value from ${sql.table(table)}`.execute(store.read)
      for (const { value } of rows)
        if (/^[0-9a-f]{8}\.[\w-]{38,}$/.test(value ?? '')) found.push({ table, column, value: value ?? '' })
    }
  }
  return found
}

const keyIds = (found: readonly Found[]) => [...new Set(found.map(({ value }) => value.slice(0, 8)))]

describe.each(ENGINES)('on %s', (engine) => {
  const pushes = pushHouse(engine)
  const { house } = pushes
  let command: (...words: string[]) => Promise<Record<string, unknown>>
  beforeAll(() => {
    const { databaseUrl, dataFolder } = house.server.running.parts.config
    const env = { COUNTERSIGN_DATA: dataFolder, DATABASE_URL: databaseUrl, COUNTERSIGN_URL: 'https://login.example' }
    command = async (...words) => {
      const { code, out, err } = await countersign(env, [...words, '--json'])
      expect([code, err]).toEqual([0, ''])
      return JSON.parse(out)
    }
  })

  it('a new VAPID key is for new subscriptions, and those there are go on with theirs', async () => {
    const early = await pushes.subscribed()
    const { publicKey } = await command('rotate', 'vapid')
    const vapidKey = async () =>
      (await early.device.call<{ vapidKey: string }>('GET', '/device/v1/config')).body.vapidKey
    await expect.poll(vapidKey).toBe(publicKey)
    const late = await pushes.subscribed()
    // The push service of the test refuses a key that is not the subscription's.
    for (const of of [early, late]) {
      const { created } = await house.ask(of)
      expect((await pushes.next(of)).text.countersign.request?.id).toBe(created.id)
      await expect.poll(async () => (await house.application.read(created.id)).body.delivery).toBe('sent')
    }
    const renewed = pushes.service.createSubscription({ applicationServerKey: String(publicKey) })
    expect(said(await early.device.subscribe(renewed))).toBe('204')
    await house.ask(early)
    await pushes.next({ ...early, subscription: renewed })
  })

  it('new signing keys are published at once, wherever they were made', async () => {
    const published = async () => {
      const response = await fetch(`http://localhost:${house.server.wire.port}/oidc/jwks`)
      return ((await response.json()) as { keys: unknown[] }).keys.length
    }
    const before = await published()
    await command('rotate', 'oidc')
    await expect.poll(published).toBe(before + 2)
  })

  it('a new master key leaves nothing under the old one, and nobody notices', async () => {
    const { server, application } = house
    const [person, waiting] = [await house.person(), await house.asked()]
    const approved = await house.approved()
    const before = keyIds(await sealedIn(server))
    expect(before).toHaveLength(1)

    expect(await command('rotate', 'master')).toMatchObject({ ok: true, finished: false })
    const { device, shown, created } = waiting
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
    expect(said(await application.redeem(approved.created.id, approved.created.secret, approved.passcode))).toBe('200')
    expect(said(await application.verify(person.username, '000000'))).toBe('200')
    expect(await command('rotate', 'master', '--finish')).toMatchObject({ ok: true, finished: true })

    const after = await sealedIn(server)
    expect(keyIds(after)).toHaveLength(1)
    expect(keyIds(after)).not.toEqual(before)
    const known = SEALED.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`))
    expect(known).toEqual(expect.arrayContaining(after.map(({ table, column }) => `${table}.${column}`)))
    const file = join(server.running.parts.config.dataFolder, 'master.key')
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1)
    await house.approved(await house.ask(person))
  })

  it('a new master key comes while people sign in all the time: no push is lost, and no decision is refused', async () => {
    const people = [await pushes.subscribed(), await pushes.subscribed(), await pushes.subscribed()]
    let isRotating = true
    const signsIn = async (person: (typeof people)[number]) => {
      let times = 0
      for (; isRotating || times === 0; times++) {
        const asked = await house.ask(person)
        expect((await pushes.next(person)).text.countersign.request?.id).toBe(asked.created.id)
        const { created, passcode } = await house.approved(asked)
        expect(said(await house.application.redeem(created.id, created.secret, passcode))).toBe('200')
      }
      return times
    }
    const rotates = async () => {
      try {
        expect(await command('rotate', 'master')).toMatchObject({ ok: true })
        return await command('rotate', 'master', '--finish')
      } finally {
        isRotating = false
      }
    }
    const [finished, ...times] = await Promise.all([rotates(), ...people.map(signsIn)])
    expect(finished).toMatchObject({ ok: true, finished: true })
    for (const many of times) expect(many).toBeGreaterThan(1)
    expect(keyIds(await sealedIn(house.server))).toHaveLength(1)
  })
})

it('a server that starts with the new master key alone has everything', async () => {
  await using house = await newHouse('sqlite')
  const first = await startServer('sqlite', { house })
  const [application, username] = [await first.application(), await first.user()]
  const device = await first.device(username)
  await first.close()
  const env = { ...house.env, COUNTERSIGN_URL: 'https://login.example' }
  for (const words of [
    ['rotate', 'master'],
    ['rotate', 'master', '--finish'],
  ])
    expect((await countersign(env, [...words, '--json'])).code).toBe(0)
  const port = String(first.wire.port)
  await using second = await startServer('sqlite', { house, env: { PORT: port } })
  const { id, number } = await second.applicationAt(second, application).ask(username)
  expect(said(await device.decide((await device.request(id)).body, 'approve', number))).toBe('200')
})

it.runIf(ENGINES.includes('postgres'))(
  'a master key of the environment is rotated one server at a time: what one seals the other opens, at each step',
  async () => {
    await using house = await newHouse('postgres')
    const [port, otherPort] = [await freePort(), await freePort()]
    const started = (at: number, keys: string) =>
      startServer('postgres', {
        house,
        env: {
          ...{ PORT: String(at), COUNTERSIGN_URL: `http://localhost:${port}`, COUNTERSIGN_MASTER_KEY: keys },
          COUNTERSIGN_LIMITS: JSON.stringify({ requestsPerUser: { count: 100, seconds: 60 } }),
        },
      })
    const [old, next] = ['A', 'B'].map((letter) => letter.repeat(42).concat('A')) as [string, string]
    let [one, other] = [await started(port, old), await started(otherPort, old)]
    const [application, username] = [await one.application(), await one.user()]
    const device = await one.device(username)
    const signIn = async () => {
      const there = one.applicationAt(other, application)
      const { id, secret, number } = await there.ask(username)
      expect(said(await device.decide((await device.request(id)).body, 'approve', number))).toBe('200')
      const { passcode = '' } = (await there.read(id, { secret })).body
      expect(said(await there.redeem(id, secret, passcode))).toBe('200')
    }
    for (const keys of [`${old},${next}`, `${next},${old}`]) {
      await one.close()
      one = await started(port, keys)
      await signIn()
      await other.close()
      other = await started(otherPort, keys)
      await signIn()
    }
    const env = { ...house.env, COUNTERSIGN_URL: 'https://login.example', COUNTERSIGN_MASTER_KEY: `${next},${old}` }
    const finished = await countersign(env, ['rotate', 'master', '--finish', '--json'])
    expect(JSON.parse(finished.out)).toMatchObject({ ok: true })
    await one.close()
    one = await started(port, next)
    await signIn()
    await one.close()
    await other.close()
  },
)
