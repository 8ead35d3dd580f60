// A sign-in to a protected site, at the moments in which something else is done about it.
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApplicationId, newId, type UserId } from '../../protocol/ids.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { random } from '../../test/support/enrolled.ts'
import { beforeWriting } from '../../test/support/interrupted-store.ts'
import type { Call, Env } from '../http/env.ts'
import type { Store } from '../store/store.ts'
import { acceptVisit, beginVisit, finishVisit } from './visits.ts'

const SITE = { origin: 'https://wiki.example', application: newId('app', random) as ApplicationId }
const WAY_BACK = 'https://wiki.example/page'

describe.each(ENGINES)('a visit on %s', (engine) => {
  let store: Store
  const clock = new ManualClock()
  const [alice, bea] = [newId('usr', random) as UserId, newId('usr', random) as UserId]
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())
  const needs = (by = store) => ({ store: by, clock, random, publicOrigin: 'https://login.example' })

  /** As one call of a browser. */
  async function called<T>(work: (c: Call) => Promise<T>, cookie = ''): Promise<{ value: T; cookie: string }> {
    const done: T[] = []
    const app = new Hono<Env>().get('/', async (c) => {
      done.push(await work(c))
      return c.text('')
    })
    const answer = await app.request('/', { headers: { cookie } })
    return { value: done[0] as T, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
  }

  async function begun() {
    const { value, cookie } = await called((c) => beginVisit(needs(), c, SITE, WAY_BACK))
    const id = value.split('/').at(-1) ?? ''
    const row = () => store.read.selectFrom('site_visits').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    return { id, cookie, row }
  }

  async function signedIn(interaction: string, user: UserId): Promise<string> {
    const id = newId('req', random)
    const now = clock.now()
    const nothing = { request_id: null, request_secret: null }
    const row = { id, interaction, user_id: user, application_id: SITE.application, outcome: '{}', ...nothing }
    await store.write((tx) =>
      tx
        .insertInto('sign_ins')
        .values({ ...row, created_at: now, expires_at: now + 60_000 })
        .execute(),
    )
    return id
  }
  const ended = (id: string) => store.write((tx) => tx.deleteFrom('sign_ins').where('id', '=', id).execute())

  async function accepted(visit: Awaited<ReturnType<typeof begun>>, user: UserId, signIn: string, by = store) {
    const row = await visit.row()
    return (await called((c) => acceptVisit(needs(by), c, { visit: row, user, signIn }))).value
  }

  it('gives no code for a sign-in that was ended in that very moment', async () => {
    const visit = await begun()
    const signIn = await signedIn(visit.id, alice)
    expect(
      await accepted(
        visit,
        alice,
        signIn,
        beforeWriting(store, () => ended(signIn)),
      ),
    ).toBe(WAY_BACK)
    expect(await visit.row()).toMatchObject({ user_id: null, code: null })
  })

  it('is of the first who signed in for it', async () => {
    const visit = await begun()
    expect(await accepted(visit, alice, await signedIn(visit.id, alice))).toMatch(/finish\?visit=.*&code=/)
    expect(await accepted(visit, bea, await signedIn(visit.id, bea))).toBe(WAY_BACK)
    expect(await visit.row()).toMatchObject({ user_id: alice })
  })

  it('begins one session, however many finish it at once', async () => {
    const visit = await begun()
    const finish = new URL(await accepted(visit, alice, await signedIn(visit.id, alice)))
    const shown = { id: visit.id, code: finish.searchParams.get('code') ?? '' }
    const sessions: UserId[] = []
    const end = (by = store) =>
      called((c) => finishVisit(needs(by), c, SITE, shown, async (_tx, user) => void sessions.push(user)), visit.cookie)
    const { value: late } = await end(beforeWriting(store, () => end()))
    expect([late, sessions]).toEqual([undefined, [alice]])
  })
})
