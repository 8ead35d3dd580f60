// Our APIs as people read of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTS } from '../../server/admin/acts.ts'
import { APPLICATION_CALLS } from '../../server/http/application-calls.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'

describe('an API of ours', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer('sqlite')
  })
  afterAll(() => server.close())
  const read = (path: string) => call(server.wire, 'GET', path)

  it('can be read as a page, every act with what it takes, gives, and is called on the command line', async () => {
    const { status, text, headers } = await read('/docs/api')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    for (const { name } of ACTS) expect(text).toContain(`<details id="${name}">`)
    expect(text).toContain('npx countersign webhook add')
    expect(text).toContain('one of &quot;waiting&quot;, &quot;delivered&quot;, &quot;failed&quot;')
    expect(text).toContain('If-Match: &quot;&lt;version&gt;&quot;')
  })

  it('is another page for applications, every call with what it takes, gives, and is refused by', async () => {
    const { status, text } = await read('/docs/api/v1')
    expect(status).toBe(200)
    for (const name of Object.keys(APPLICATION_CALLS)) expect(text).toContain(`<details id="${name}">`)
    expect(text).toContain('curl -X GET &quot;$COUNTERSIGN/api/v1/login-requests/&lt;id&gt;/events&quot;')
    expect(text).toContain('<code>410</code> <span>expired</span>')
    expect(text).toContain('data-accept="text/event-stream"')
  })

  it.each(['/docs/api', '/docs/api/v1'])(
    'at %s has one script, a file of ours, under the policy of every page',
    async (page) => {
      const { text, headers } = await read(page)
      expect(text.replace('<script type="module" src="/docs/api/try.js"></script>', '')).not.toMatch(
        /<script|<style|style=|<img|\son\w+=|https?:\/\//,
      )
      expect(headers['content-security-policy']).toContain("default-src 'self'")
      for (const [path, type] of [
        ['page.css', 'text/css'],
        ['try.js', 'text/javascript'],
      ]) {
        const file = await read(`/docs/api/${path}`)
        expect([file.status, file.headers['content-type']]).toEqual([200, `${type}; charset=utf-8`])
      }
    },
  )

  it('lives on the public origin only', async () => {
    await using apart = await startServer('sqlite', {
      env: { COUNTERSIGN_URL: 'https://id.example.org', COUNTERSIGN_APP_URL: 'https://app.example.org' },
    })
    expect((await call(apart.wire, 'GET', '/docs/api')).status).toBe(200)
    expect(said(await call(apart.appWire, 'GET', '/docs/api'))).toBe('404 not-found')
  })
})
