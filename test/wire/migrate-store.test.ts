// An installation moves from SQLite to PostgreSQL: killed on the way, resumed, and people sign in with what they have.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, inject, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { createDatabase, dropDatabase } from '../support/postgres.ts'
import { type House, newHouse, startServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { countersign, countersignBegun } from '../support/wire-process.ts'

describe.runIf(ENGINES.includes('postgres'))('migrate-store', () => {
  const command = async (house: House, ...words: string[]) => {
    const env = { ...house.env, COUNTERSIGN_URL: 'https://login.example' }
    const { code, out, err } = await countersign(env, [...words, '--json'])
    return { code, told: JSON.parse(out || err) }
  }

  /** Leads to a database, which does not hear what holds `words` while `isDeaf`. */
  async function doorTo(url: string, words: string) {
    const { hostname, port } = new URL(url)
    const reached = Promise.withResolvers<void>()
    const server = createServer((client) => {
      const upstream = connect(Number(port), hostname)
      const close = () => [client, upstream].map((socket) => socket.destroy())
      for (const socket of [client, upstream]) socket.on('error', close).on('close', close)
      client.on('data', (chunk) => {
        if (door.isDeaf && chunk.includes(words)) reached.resolve()
        else upstream.write(chunk)
      })
      upstream.pipe(client)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const through = new URL(url)
    through.port = String((server.address() as AddressInfo).port)
    const door = { url: through.href, isDeaf: true, reached: reached.promise, close: () => void server.close() }
    return door
  }

  it('killed half-way goes on there; old tokens sign in, the audit log holds, and the old store is shut', async () => {
    await using house = await newHouse('sqlite')
    const to = await createDatabase(inject('postgresUrl'))
    const port = String(await freePort())
    // What is asked before the move is decided after it, on however slow a machine.
    const lives = JSON.stringify({ requestLifetime: { seconds: 600 } })
    const env = { COUNTERSIGN_URL: `http://localhost:${port}`, PORT: port, COUNTERSIGN_LIMITS: lives }
    const before = await startServer('sqlite', { house, env })
    const application = await before.application()
    const username = await before.user()
    const device = await before.device(username)
    const pending = await application.ask(username)
    expect(await command(house, 'migrate-store', '--to', to)).toMatchObject({
      code: 1,
      told: { detail: expect.stringMatching(/Another server runs on/) },
    })
    await before.close()

    const door = await doorTo(to, 'insert into "users"')
    const killed = countersignBegun(house.env, ['migrate-store', '--to', door.url])
    await door.reached
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const moved: House = { ...house, env: { ...house.env, DATABASE_URL: to } }
    await expect(startServer('sqlite', { house, env })).rejects.toThrow(/is being moved to PostgreSQL/)
    await expect(startServer('postgres', { house: moved, env })).rejects.toThrow(/run migrate-store again/)
    expect(await command(house, 'migrate-store', '--to', to)).toMatchObject({
      code: 1,
      told: { detail: expect.stringMatching(/A move of this store to .* was begun/) },
    })

    door.isDeaf = false
    const done = await command({ ...house, env: { ...house.env, DATABASE_URL: door.url } }, 'migrate-store')
    expect(done).toMatchObject({ code: 0, told: { ok: true, chain: { ok: true } } })
    expect(done.told.tables).toContainEqual({ table: 'users', rows: 1 })
    door.close()
    await expect(startServer('sqlite', { house, env })).rejects.toThrow(/has moved to PostgreSQL/)

    const after = await startServer('postgres', { house: moved, env })
    const again = after.applicationAt(after, application)
    expect(said(await device.decide((await device.request(pending.id)).body, 'approve', pending.number))).toBe('200')
    const { passcode = '' } = (await again.read(pending.id, { secret: pending.secret })).body
    expect(said(await again.redeem(pending.id, pending.secret, passcode))).toBe('200')
    await after.close()
    const verified = await command(moved, 'audit', 'verify')
    expect(verified).toMatchObject({ code: 0, told: { ok: true } })
    expect(verified.told.chain).toBe(done.told.chain.chain)
    expect(verified.told.entries).toBeGreaterThan(done.told.chain.entries)
    await dropDatabase(to)
    // Five programs are started, each in its time.
  }, 120_000)
})
