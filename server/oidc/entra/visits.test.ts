// A sign-in that Entra began, at its edges: whose browser it is, whose name, and until when.
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type UserId } from '../../../protocol/ids.ts'
import { ACR_PASSCODE, ACR_PUSH } from '../../../protocol/sign-in.ts'
import { ManualClock } from '../../../test/support/clock.ts'
import { ENGINES, openStore } from '../../../test/support/engines.ts'
import { newSealer, random } from '../../../test/support/enrolled.ts'
import type { Env } from '../../http/env.ts'
import type { Store } from '../../store/store.ts'
import { beginEntraVisit, type EntraVisitNeeds, entraVisitOf, withEntra } from './visits.ts'

const MINUTE = 60_000

describe.each(ENGINES)('a sign-in that Entra began, on %s', (engine) => {
  let store: Store
  let needs: EntraVisitNeeds
  const clock = new ManualClock()
  const alice = newId('usr', random) as UserId
  const app = new Hono<Env>()

  beforeAll(async () => {
    store = await openStore(engine)
    needs = { store, clock, random, sealer: newSealer(), publicOrigin: 'https://login.example' }
    app.onError(({ message }, c) => c.text(message, 500))
    const others = { of: async () => undefined }
    app.post('/', async (c) => {
      const promised = { push: 'swk', passcode: 'otp' } as never
      const question = { sub: 's', nonce: crypto.randomUUID(), redirectUri: 'https://m.example', promised }
      const visit = await beginEntraVisit(needs, c, { clientId: 'app_1', user: alice, question, hint: 'h' })
      return c.text(visit?.id ?? '')
    })
    app.get('/:id', async (c) => c.json((await entraVisitOf(needs, c, c.req.param('id'))) ?? null))
    app.post('/:id/:user/:acr', async (c) => {
      const pending = await withEntra(others, needs).of(c, c.req.param('id'))
      const said = { user: c.req.param('user'), acr: c.req.param('acr') } as never
      return c.text((await pending?.accept(said)) ?? 'none')
    })
  })
  afterAll(() => store.close())

  async function begun() {
    const answer = await app.request('/', { method: 'POST' })
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const id = await answer.text()
    const seen = async (by = cookie) => (await app.request(`/${id}`, { headers: { cookie: by } })).json()
    const accept = (user: string, acr: string) =>
      app.request(`/${id}/${user}/${acr}`, { method: 'POST', headers: { cookie } })
    return { id, cookie, seen, accept }
  }

  it('is there for the browser that brought it, and not for one that brought another', async () => {
    const [one, another] = [await begun(), await begun()]
    expect(await one.seen()).toMatchObject({ id: one.id })
    expect([await one.seen(another.cookie), await one.seen('')]).toEqual([null, null])
  })

  it('is over after five minutes', async () => {
    const { seen } = await begun()
    await clock.advance(5 * MINUTE - 1)
    expect(await seen()).toMatchObject({ outcome: null })
    await clock.advance(1)
    expect(await seen()).toBeNull()
  })

  it('ends as it ended first', async () => {
    const { id, seen, accept } = await begun()
    expect(await (await accept(alice, ACR_PASSCODE)).text()).toBe(`https://login.example/oidc/entra/app_1/answer/${id}`)
    await accept(alice, ACR_PUSH)
    expect(await seen()).toMatchObject({ outcome: ACR_PASSCODE })
  })

  it('is nobody’s but theirs whom Entra asked for', async () => {
    const { seen, accept } = await begun()
    expect((await accept('usr_mallory', ACR_PUSH)).status).toBe(500)
    expect(await seen()).toMatchObject({ outcome: null })
  })
})
