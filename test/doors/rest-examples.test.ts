// The examples of docs/integrate/examples, run as they stand, with a browser's cookies and alice's device.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GENEROUS } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'

const EXAMPLES = join(import.meta.dirname, '../../docs/integrate/examples')
const PASSWORD = 'correct horse battery'

/** What a browser does with cookies and redirects. */
class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async go(path: string, form?: Record<string, string>): Promise<{ status: number; path: string; text: string }> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const body = form ? { method: 'POST', body: new URLSearchParams(form) } : {}
    const answer = await fetch(this.#origin + path, { ...body, headers: { cookie }, redirect: 'manual' })
    for (const set of answer.headers.getSetCookie()) this.#keep(set)
    const on = answer.headers.get('location')
    if (on) return this.go(on)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    return { status: answer.status, path, text: await answer.text() }
  }

  #keep(set: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
    expect(set).toMatch(/^__Host-.*; ?Path=\/; ?(.*; ?)?HttpOnly; ?Secure; ?SameSite=Lax/i)
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(set)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

describe('an example', () => {
  const house = wireHouse('sqlite', { env: GENEROUS })
  let device: WireDevice
  beforeAll(async () => {
    const username = await house.server.user('alice')
    device = await house.server.device(username)
  })

  describe.each(['express', 'fastify', 'hono'])('in %s', (framework) => {
    let origin = ''
    let stop = async () => {}
    beforeAll(async () => {
      const env = {
        PATH: process.env.PATH,
        PORT: '0',
        COUNTERSIGN: house.server.wire.origin,
        COUNTERSIGN_KEY: house.application.apiKey,
      }
      const stdio = ['ignore', 'pipe', 'inherit'] as const
      const child = spawn(process.execPath, [join(EXAMPLES, `${framework}.js`)], { env, stdio: [...stdio] })
      const exited = once(child, 'exit')
      stop = async () => {
        child.kill()
        await exited
      }
      for await (const line of createInterface({ input: child.stdout })) {
        origin = line.replace('listening on ', '')
        break
      }
    })
    afterAll(() => stop())

    /** Up to the page that shows the number. */
    async function begun() {
      const visitor = new Visitor(origin)
      const before = new Set((await device.requests()).map(({ id }) => id))
      const { path, text } = await visitor.go('/login', { username: 'alice', password: PASSWORD })
      expect(path).toBe('/waiting')
      const shown = (await device.requests()).find(({ id }) => !before.has(id))
      if (!shown) throw new Error('nobody was asked')
      return { visitor, shown, number: /<strong>(\d+)</.exec(text)?.[1] ?? '' }
    }

    it('signs in by an approval with the number of the page, once', async () => {
      const { visitor, shown, number } = await begun()
      expect(shown.context).toMatchObject({ ip: '127.0.0.1', resource: 'Timetable' })
      const before = visitor.cookies.get('__Host-sign-in')
      const end = visitor.go('/waiting/end')
      await device.decide(shown, 'approve', number)
      expect(await end).toMatchObject({ path: '/', text: expect.stringContaining('signed in as alice') })
      expect([...visitor.cookies.keys()]).toEqual(['__Host-session'])
      expect(visitor.cookies.get('__Host-session')).not.toBe(before)
      const copied = new Visitor(origin)
      copied.cookies.set('__Host-sign-in', before ?? '')
      expect((await copied.go('/waiting/end')).path).toBe('/')
      expect((await copied.go('/')).text).not.toContain('signed in')
    })

    it('does not sign in by a denial, or where nobody answers', async () => {
      const denied = await begun()
      const end = denied.visitor.go('/waiting/end')
      await device.decide(denied.shown, 'deny')
      expect((await end).text).toContain('denied on your phone')
      const silent = await begun()
      await house.clock.advance(60_000)
      expect((await silent.visitor.go('/waiting/end')).text).toContain('Nobody answered in time')
      for (const { visitor } of [denied, silent]) expect((await visitor.go('/')).text).toContain('User name')
    })

    it('signs in by a typed passcode, and no longer asks the device', async () => {
      const { visitor, shown } = await begun()
      await house.clock.advance(35_000)
      expect((await visitor.go('/passcode', { passcode: 'x' })).status).toBe(403)
      const passcode = device.passcode().replace(/(?=...$)/, ' ')
      expect((await visitor.go('/passcode', { passcode })).text).toContain('signed in as alice')
      expect((await device.requests()).map(({ id }) => id)).not.toContain(shown.id)
      expect((await device.call('GET', `/device/v1/requests/${shown.id}`)).status).toBe(404)
    })

    it('asks nobody by a wrong password, and tells nothing to whoever has no cookie', async () => {
      const before = await device.requests()
      for (const [username, password] of [
        ['alice', 'wrong'],
        ['nobody', PASSWORD],
      ] as const)
        expect((await new Visitor(origin).go('/login', { username, password })).status).toBe(403)
      expect(await device.requests()).toEqual(before)
      for (const path of ['/waiting', '/waiting/end']) expect((await new Visitor(origin).go(path)).path).toBe('/')
      expect((await new Visitor(origin).go('/passcode', { passcode: '123456' })).path).toBe('/')
    })
  })
})
