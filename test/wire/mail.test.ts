// Mail from the row that is written with what it tells to the organisation's mail server, over real SMTP.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enqueueMail } from '../../server/mail/enqueue.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { type MailServer, mailServer } from '../support/mail-server.ts'
import { newHouse, startServer, type TestServer } from '../support/server.ts'

const HALF_A_MINUTE = 30_000
const DAY = 24 * 60 * 60_000

const about = (name: string) => ({
  to: `${name}@example.org`,
  template: 'device-added' as const,
  values: {
    name,
    username: name,
    time: '2 February 2026 at 09:41 UTC',
    link: 'https://id.example.org/account',
    device: 'Pixel',
  },
})

describe.each(ENGINES)('mail on %s', (engine) => {
  const clock = new ManualClock()
  let mails: MailServer
  let server: TestServer
  beforeAll(async () => {
    mails = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('nobody') ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null),
    })
    server = await startServer(engine, {
      clock,
      env: { COUNTERSIGN_SMTP: mails.url, COUNTERSIGN_MAIL_FROM: 'Harbour <it@harbour.example.org>' },
    })
  })
  afterAll(async () => {
    await server.close()
    await mails.close()
  })

  const enqueue = (mail: ReturnType<typeof about>, of = server) =>
    of.store.write((tx) => enqueueMail(tx, of.running.parts, mail))
  const row = (id: string | undefined, of = server) =>
    of.store.read
      .selectFrom('mails')
      .selectAll()
      .where('id', '=', id ?? '')
      .executeTakeFirstOrThrow()
  /** Lets seconds pass until a mail is in this state: between them real SMTP is spoken. */
  const until = async (id: string | undefined, state: string, of = server) => {
    await expect
      .poll(
        async () => {
          await clock.advance(1000)
          return (await row(id, of)).state
        },
        { timeout: 10_000, interval: 20 },
      )
      .toBe(state)
    return row(id, of)
  }

  it('arrives as it was meant, from whom the organisation says, and its values are forgotten then', async () => {
    const id = await enqueue(about('alice'))
    expect((await row(id)).sealed_values).not.toContain('Pixel')
    expect(await until(id, 'sent')).toMatchObject({ sealed_values: null, attempts: 1, error: null })
    const received = mails.received.find(({ to }) => to.includes('alice@example.org'))
    expect(received).toMatchObject({
      from: 'it@harbour.example.org',
      subject: 'A device was added for alice at Countersign',
      text: expect.stringContaining(
        'Pixel can now approve sign-ins as alice at Countersign. It was added on 2 February 2026 at 09:41 UTC.',
      ),
      html: expect.stringContaining('<bdi>Pixel</bdi>'),
    })
  })

  it('leaves only if what it tells was committed', async () => {
    const undone = server.store.write(async (tx) => {
      await enqueueMail(tx, server.running.parts, about('undone'))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    await until(await enqueue(about('bob')), 'sent')
    expect(mails.received.flatMap(({ to }) => to)).not.toContain('undone@example.org')
  })

  it('to an address that is refused is given up, and holds nobody up', async () => {
    const [nobody, carol] = await Promise.all([enqueue(about('nobody')), enqueue(about('carol'))])
    expect(await until(nobody, 'failed')).toMatchObject({
      attempts: 1,
      sealed_values: null,
      error: expect.stringContaining('no such mailbox'),
    })
    await until(carol, 'sent')
  })

  it('waits while the mail server is down, is tried again more and more seldom, and leaves when it is back', async () => {
    const port = await freePort()
    await using down = await startServer(engine, { clock, env: { COUNTERSIGN_SMTP: `smtp://127.0.0.1:${port}` } })
    const id = await enqueue(about('dave'), down)
    const tried = (attempts: number) =>
      expect
        .poll(
          async () => {
            await clock.advance(HALF_A_MINUTE)
            return (await row(id, down)).attempts
          },
          { timeout: 10_000, interval: 20 },
        )
        .toBeGreaterThanOrEqual(attempts)
    await tried(3)
    expect(await row(id, down)).toMatchObject({ state: 'waiting', error: expect.stringContaining('ECONNREFUSED') })
    await using back = await mailServer({ port })
    await tried(4)
    const [received] = await back.whenReceived(1)
    expect(received?.to).toEqual(['dave@example.org'])
    await until(id, 'sent', down)
    expect(back.received).toHaveLength(1)
  })

  it('is given up after three days', async () => {
    await using down = await startServer(engine, { clock, env: { COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
    const id = await enqueue(about('erin'), down)
    await clock.jump(3 * DAY)
    expect(await until(id, 'failed', down)).toMatchObject({ sealed_values: null })
  })

  it('is not written at all where there is no mail server', async () => {
    await using silent = await startServer(engine, { clock })
    expect(await enqueue(about('frank'), silent)).toBeUndefined()
    expect(await silent.store.read.selectFrom('mails').selectAll().execute()).toEqual([])
  })

  it('left by a server that died is delivered by the next one', async () => {
    await using house = await newHouse(engine)
    const env = { COUNTERSIGN_SMTP: mails.url }
    const first = await startServer(engine, { clock, house, env: { COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
    const id = await enqueue(about('grace'), first)
    const claimed = { claimed_until: clock.now() + 60_000, due_at: clock.now() }
    await first.close()
    await using next = await startServer(engine, { clock, house, env })
    await next.store.write((tx) =>
      tx
        .updateTable('mails')
        .set(claimed)
        .where('id', '=', id ?? '')
        .execute(),
    )
    await clock.jump(60_000)
    await until(id, 'sent', next)
    expect(mails.received.flatMap(({ to }) => to)).toContain('grace@example.org')
  })

  it('leaves no faster than the mail server may be asked to take it', async () => {
    await using slow = await startServer(engine, {
      clock,
      env: { COUNTERSIGN_SMTP: mails.url, COUNTERSIGN_MAILS_PER_MINUTE: '3' },
    })
    const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => enqueue(about(`many-${n}`), slow)))
    const counts = async () => (await slow.store.read.selectFrom('mails').select('state').execute()).map((m) => m.state)
    await expect
      .poll(async () => {
        await clock.advance(1000)
        return (await counts()).filter((state) => state === 'sent').length
      })
      .toBe(3)
    await clock.advance(20_000)
    expect((await counts()).filter((state) => state === 'waiting')).toHaveLength(2)
    await clock.jump(60_000)
    for (const id of ids) await until(id, 'sent', slow)
  })
})
