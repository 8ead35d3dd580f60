import { expect, it } from 'vitest'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { claimMails, insertMail } from './outbox.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]
const NOW = 10 * HOUR

it.each(ENGINES)(
  'mails of a minute are counted, also where the clock was set back by a little, on %s',
  async (engine) => {
    const store = await openStore(engine)
    const unsaid = { user_id: null, about: null, sealed_values: null, finished_at: null, error: null, tried_at: null }
    const usual = { ...unsaid, template: 'notice', recipient: 'a@b.example', state: 'waiting', attempts: 0 } as const
    const times = { due_at: 0, claimed_until: 0, created_at: 0, expires_at: 2 * NOW }
    await store.write(async (tx) => {
      for (let n = 0; n < 9; n++) await insertMail(tx, { ...usual, ...times, id: `mail_${n}` })
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
