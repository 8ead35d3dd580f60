import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SignInView } from '../../protocol/login-api.ts'
import { answeringDevice } from '../../test/support/answering-device.ts'
import { Browsing } from '../../test/support/browsing.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { freePort } from '../../test/support/free-port.ts'
import { type SignInSite, signInSite } from '../../test/support/sign-in-site.ts'
import { type Child, startChild } from '../cli/child.ts'
import { systemClock } from '../clock.ts'
import { findUser } from '../directory/rows.ts'
import { addUser } from '../directory/users.ts'
import { verifyPassword } from '../directory/verify-password.ts'
import type { Store } from '../store/store.ts'
import { type Demo, prepareDemo } from './seed.ts'

const HARBOUR = new URL('harbour.ts', import.meta.url).pathname

describe.each(ENGINES)('the demonstration, on %s', (engine) => {
  let store: Store
  let site: SignInSite
  beforeEach(async () => {
    store = await openStore(engine)
    site = await signInSite(store, { clock: systemClock })
  })
  afterEach(async () => {
    await site.close()
    await store.close()
  })

  const prepare = (url = 'http://localhost:4800') => prepareDemo(site.deciding, url)

  it('is the same when it is started again, except for the link, which is good once', async () => {
    const first = await prepare()
    const again = await prepare()
    expect({ ...again, enrolment: undefined }).toEqual({ ...first, enrolment: undefined })
    expect(again.enrolment?.activationUrl).toMatch(new RegExp(`^${site.origin}/enrol#[0-9a-z]{26}$`))
    expect(again.enrolment?.code).not.toBe(first.enrolment?.code)
    const names = await store.read.selectFrom('applications').select('name').orderBy('name').execute()
    expect(names.map(({ name }) => name)).toEqual(['Harbour', 'Harbour', 'Lighthouse Webmail'])
  })

  it('gives no link to somebody who has a device', async () => {
    await prepare()
    const alice = await findUser(store.read, 'alice')
    if (alice) await answeringDevice(site.deciding, alice.id)
    expect((await prepare()).enrolment).toBeUndefined()
  })

  it('shows no password of somebody it did not make, and leaves it alone', async () => {
    await addUser(site.deciding, { username: 'alice', password: 'all her own' })
    expect(await prepare()).toMatchObject({ username: 'alice', password: undefined })
    expect(await verifyPassword(site.deciding, 'alice', 'all her own')).toBeDefined()
  })

  it('follows Harbour to another port', async () => {
    const { CLIENT_ID } = (await prepare()).harbour
    const moved = await prepare('http://localhost:4801')
    expect(moved.harbour).toMatchObject({ CLIENT_ID, HARBOUR_URL: 'http://localhost:4801' })
    const row = await store.read
      .selectFrom('applications')
      .selectAll()
      .where('client_id', '=', CLIENT_ID)
      .executeTakeFirst()
    expect(row?.redirect_uris).toBe('["http://localhost:4801/callback"]')
  })

  describe('Harbour', () => {
    let harbour: Child
    let demo: Demo
    let url: string
    const browser = () => new Browsing()
    beforeEach(async () => {
      url = `http://localhost:${await freePort()}`
      demo = await prepare(url)
      harbour = await startChild(HARBOUR, { ...demo.harbour })
    })
    afterEach(() => harbour.stop())

    it('signs somebody in with password and device, and says how', async () => {
      const visitor = browser()
      expect(await (await visitor.visit(url)).response.text()).toContain('href="/sign-in"')
      const { url: page } = await visitor.visit(`${url}/sign-in`)
      const call = async (path: string, body: unknown) =>
        (await (
          await visitor.fetch(`${page}/api/${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', origin: site.origin },
            body: JSON.stringify(body),
          })
        ).json()) as SignInView
      const alice = await findUser(store.read, demo.username)
      if (!alice) throw new Error('nobody was made')
      const device = await answeringDevice(site.deciding, alice.id)
      await call('password', { username: demo.username, password: demo.password })
      const waiting = await call('push', { seen: null })
      await device.answer('approve', waiting.step === 'waiting' ? waiting.request.number : null)
      const approved = (await (await visitor.fetch(`${page}/api/state`)).json()) as SignInView
      const passcode = approved.step === 'waiting' ? approved.request.passcode : undefined
      const done = await call('redeem', { passcode })
      const { url: shown, response } = await visitor.visit(done.step === 'signed-in' ? done.continueTo : '')
      expect(shown).toBe(`${url}/`)
      const text = await response.text()
      expect(text).toContain('Welcome aboard, <bdi>Alice</bdi>')
      expect(text).toContain('Approval on a device that holds a key of yours')
      expect(text).toContain('pwd otp swk mfa')
      const out = await visitor.fetch(`${url}/sign-out`, { method: 'POST', headers: { origin: url } })
      expect(out.status).toBe(303)
      expect(await (await visitor.visit(url)).response.text()).not.toContain('Welcome aboard')
    })

    it('says so when the person turned back', async () => {
      const visitor = browser()
      const { url: page } = await visitor.visit(`${url}/sign-in`)
      const left = await visitor.fetch(`${page}/api/leave`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: site.origin },
        body: '{}',
      })
      const { continueTo } = (await left.json()) as { continueTo: string }
      const { response } = await visitor.visit(continueTo)
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('You turned back')
    })

    it('takes no answer that it did not ask for', async () => {
      const { response } = await browser().visit(`${url}/callback?code=x&state=y&iss=${site.origin}/oidc`)
      expect(response.status).toBe(400)
      const visitor = browser()
      const begun = await visitor.fetch(`${url}/sign-in`)
      const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
      const answer = (forged: string) =>
        visitor.visit(`${url}/callback?code=x&state=${forged}&iss=${encodeURIComponent(`${site.origin}/oidc`)}`)
      expect((await answer('y')).response.status).toBe(400)
      expect((await answer(`${state}y`)).response.status).toBe(502)
    })

    it('is signed out by its own page only', async () => {
      const out = await fetch(`${url}/sign-out`, { method: 'POST', headers: { origin: 'https://evil.example' } })
      expect(out.status).toBe(403)
    })

    it('sends nothing that another site could frame or script', async () => {
      const { headers } = await fetch(url)
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'/)
    })
  })
})
