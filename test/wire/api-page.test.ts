// The admin API as it is described: to programs, and to people.
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTS } from '../../server/admin/acts.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'

describe('the admin API', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer('sqlite')
  })
  afterAll(() => server.close())
  const read = (path: string) => call(server.wire, 'GET', path)

  it('is described by a document that a validator of others takes as OpenAPI 3.1', async () => {
    const { body } = await read('/admin/v1/openapi.json')
    const { valid, errors } = await new Validator().validate(body)
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    const broken = { ...body, paths: { '/users': { get: { responses: { 200: {} } } } } }
    expect((await new Validator().validate(broken)).valid).toBe(false)
  })

  it('can be read as a page, every act with what it takes, gives, and is called on the command line', async () => {
    const { status, text, headers } = await read('/docs/api')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
    for (const { name } of ACTS) expect(text).toContain(`<details id="${name}">`)
    expect(text).toContain('npx countersign webhook add')
    expect(text).toContain('one of &quot;waiting&quot;, &quot;delivered&quot;, &quot;failed&quot;')
    expect(text).toContain('If-Match: &quot;&lt;version&gt;&quot;')
  })

  it('is a page without a script, a style or a picture of its own, under the policy of every page', async () => {
    const { text, headers } = await read('/docs/api')
    expect(text).not.toMatch(/<script|<style|style=|<img|\son\w+=|https?:\/\//)
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    const style = await read('/docs/api/page.css')
    expect([style.status, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8'])
  })

  it('lives on the public origin only', async () => {
    await using apart = await startServer('sqlite', {
      env: { COUNTERSIGN_URL: 'https://id.example.org', COUNTERSIGN_APP_URL: 'https://app.example.org' },
    })
    expect((await call(apart.wire, 'GET', '/docs/api')).status).toBe(200)
    expect(said(await call(apart.appWire, 'GET', '/docs/api'))).toBe('404 not-found')
  })
})
