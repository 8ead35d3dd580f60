// The restore drill: what was acknowledged before a backup began is in it, and the installation goes on from there.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { GENEROUS, type House, newHouse, startServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { WireDevice } from '../support/wire-device.ts'
import { countersign } from '../support/wire-process.ts'

const run = promisify(execFile)

describe.each(ENGINES)('a backup on %s', (engine) => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-backup-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const command = (house: House, ...words: string[]) =>
    countersign({ ...house.env, COUNTERSIGN_URL: 'https://login.example' }, [...words, '--json'])

  /** As docs/operate.md says. */
  async function restored(from: House, file: string): Promise<House> {
    const house = await newHouse(engine, { isEmpty: true })
    const [old, anew] = [from.env.COUNTERSIGN_DATA ?? '', house.env.COUNTERSIGN_DATA ?? '']
    await copyFile(join(old, 'master.key'), join(anew, 'master.key'))
    if (engine === 'sqlite') await copyFile(file, join(anew, 'countersign.db'))
    else await run('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${house.env.DATABASE_URL}`, file])
    return house
  }

  it('taken while people sign in holds all that was answered before it, and devices go on with it', async () => {
    await using house = await newHouse(engine)
    const port = String(await freePort())
    const env = { ...GENEROUS, COUNTERSIGN_URL: `http://localhost:${port}`, PORT: port }
    const before = await startServer(engine, { house, env })
    const application = await before.application()
    const username = await before.user()
    const device = await before.device(username)
    const file = join(folder, 'store.backup')
    const answered = [await signedIn()]
    const more = new AbortController()

    async function signedIn(): Promise<string> {
      const { id, secret, number } = await application.ask(username)
      await device.decide((await device.request(id)).body, 'approve', number)
      const { passcode = '' } = (await application.read(id, { secret })).body
      expect(said(await application.redeem(id, secret, passcode))).toBe('200')
      return id
    }
    const meanwhile = (async () => {
      let count = 0
      for (; !more.signal.aborted; count++) await signedIn()
      return count
    })()
    const made = await command(house, 'backup', file)
    more.abort()
    expect(await meanwhile).toBeGreaterThan(0)
    expect([made.code, made.err]).toEqual([0, ''])
    expect(JSON.parse(made.out)).toEqual({
      ok: true,
      file,
      bytes: (await stat(file)).size,
      format: engine === 'sqlite' ? 'sqlite' : 'pg_dump',
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await before.close()

    await using copy = await restored(house, file)
    await using after = await startServer(engine, { house: copy, env })
    const rows = await after.store.read.selectFrom('login_requests').select(['id', 'redeemed_at']).execute()
    for (const id of answered) expect(rows.find((row) => row.id === id)?.redeemed_at).not.toBeNull()
    const again = after.applicationAt(after, application)
    const { id, number } = await again.ask(username)
    expect(said(await device.decide((await device.request(id)).body, 'approve', number))).toBe('200')
    const verified = await command(copy, 'audit', 'verify')
    expect([verified.code, JSON.parse(verified.out)]).toEqual([0, expect.objectContaining({ ok: true })])
  })

  it('never takes the place of an older one, and leaves nothing half made', async () => {
    await using house = await newHouse(engine)
    await (await startServer(engine, { house })).close()
    const file = join(folder, 'older.backup')
    await writeFile(file, 'older')
    const refused = await command(house, 'backup', file)
    expect([refused.code, JSON.parse(refused.err)]).toEqual([1, expect.objectContaining({ status: 422 })])
    expect(await readFile(file, 'utf8')).toBe('older')
    const nowhere = await command(house, 'backup', join(folder, 'missing', 'x.backup'))
    expect([nowhere.code, JSON.parse(nowhere.err)]).toEqual([1, expect.objectContaining({ status: 422 })])
    const { stdout } = await run('ls', [folder])
    expect(stdout).not.toMatch(/\.part/)
  })

  it('of a newer release is not opened by this one, which says so and changes nothing', async () => {
    await using house = await newHouse(engine)
    const server = await startServer(engine, { house })
    await server.store.write(async (tx) => {
      await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')`.execute(tx)
    })
    await server.close()
    await expect(startServer(engine, { house })).rejects.toThrow(/newer release.*9999-later/)
  })
})

it('two servers never share one embedded store, and a killed one leaves no lock', async () => {
  await using house = await newHouse('sqlite')
  const first = await startServer('sqlite', { house })
  await expect(startServer('sqlite', { house })).rejects.toThrow(/Another server runs on/)
  const device = new WireDevice(first.appWire, first.now)
  expect(said(await device.open('0'.repeat(26)))).toBe('404 unknown-code')
  await first.close()
  await (await startServer('sqlite', { house })).close()
})
