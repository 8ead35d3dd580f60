import { expect, it } from 'vitest'
import { ENGINES, newDatabase, openStore } from '../../test/support/engines.ts'
import { claimMails, insertMail, type MailRow } from './outbox.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]
const NOW = 10 * HOUR

function mail(n: number): MailRow {
  const unsaid = { user_id: null, about: null, sealed_values: null, finished_at: null, error: null, tried_at: null }
  const usual = { ...unsaid, template: 'notice', recipient: 'a@b.example', state: 'waiting', attempts: 0 } as const
  return { ...usual, due_at: 0, claimed_until: 0, created_at: 0, expires_at: 2 * NOW, id: `mail_${n}` }
}

it.each(ENGINES)(
  'mails of a minute are counted, also where the clock was set back by a little, on %s',
  async (engine) => {
    const store = await openStore(engine)
    await store.write(async (tx) => {
      for (let n = 0; n < 9; n++) await insertMail(tx, mail(n))
    })
    const claimed = async (now: number) => (await claimMails(store, { now, most: 10, perMinute: 3 })).length
    expect(await claimed(NOW)).toBe(3)
    expect(await claimed(NOW - MINUTE + 1)).toBe(0)
    expect(await claimed(NOW - HOUR)).toBe(3)
    expect(await claimed(NOW - HOUR + MINUTE - 1)).toBe(0)
    expect(await claimed(NOW - HOUR + MINUTE)).toBe(3)
    await store.close()
  },
)

it.each(ENGINES)('processes that claim at once share the mails, each going to one, on %s', async (engine) => {
  await using database = await newDatabase(engine)
  const [store, other] = [await database.open(), await database.open()]
  await store.write(async (tx) => {
    for (let n = 0; n < 60; n++) await insertMail(tx, mail(n))
  })
  const processes = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? store : other))
  // Each at once with connections made beforehand, else they would come one after the other.
  await Promise.all(processes.map((process) => process.ping()))
  const claim = (process: typeof store, most: number) => claimMails(process, { now: NOW, most, perMinute: 1000 })
  const shares = await Promise.all(processes.map((process) => claim(process, 3)))
  const claimed = shares.flat().map(({ id }) => id)
  expect(new Set(claimed).size).toBe(claimed.length)
  const left = (await claim(store, 100)).map(({ id }) => id)
  expect([...claimed, ...left].sort()).toEqual(Array.from({ length: 60 }, (_, n) => `mail_${n}`).sort())
})
