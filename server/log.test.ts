import { expect, it } from 'vitest'
import { type Logger, logger, within } from './log.ts'

function written(act: (log: Logger) => void): Record<string, unknown>[] {
  const lines: string[] = []
  act(logger('info', { write: (line) => lines.push(line) }))
  return lines.map((line) => JSON.parse(line))
}

it('a line says when, how bad and what, with what it is about', () => {
  const [line] = written((log) => log.warn({ request: 'req_1' }, 'refused'))
  expect(line).toMatchObject({ level: 'warn', message: 'refused', request: 'req_1' })
  expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

it('what is below the threshold is not written', () => {
  expect(written((log) => log.debug({}, 'fine'))).toEqual([])
})

it('secrets that slip in are not written, however deep', () => {
  const secret = 'hunter2'
  const lines = written((log) => {
    log.info({ password: secret, headers: { authorization: secret, 'x-request-secret': secret } }, 'top')
    log.info({ call: { body: { passcode: secret, code: secret } } }, 'deep')
    log.info({ a: { b: { c: { Password: secret, list: [{ cookie: secret }] } } } }, 'deeper')
    log.info({ a: { b: { c: { d: { e: { f: { g: { anything: secret } } } } } } } }, 'too deep')
    const asked = { config: { headers: { Authorization: secret } }, bytes: Buffer.from(secret) }
    log.error({ err: Object.assign(new Error('refused'), asked) }, 'of an error')
    log.info(
      { id_token: secret, refresh_token: secret, keys: { auth: secret, p256dh: secret }, jws: secret },
      'of doors',
    )
    log.error({ tried: [Object.assign(new Error('refused'), { inner: asked })] }, 'of errors')
  })
  expect(lines).toHaveLength(7)
  expect(JSON.stringify(lines)).not.toContain(secret)
  expect(JSON.stringify(lines)).toContain('[secret]')
})

it('a defect is written with its stack', () => {
  const [line] = written((log) => log.error({ err: new TypeError('broken') }, 'failed'))
  expect(line?.err).toMatchObject({ type: 'TypeError', message: 'broken', stack: expect.stringContaining('log.test') })
})

it('what the system calls an error is written, and no other code', () => {
  const refused = Object.assign(new Error('no answer'), { code: 'ECONNREFUSED' })
  const slipped = Object.assign(new Error('no answer'), { code: '0123-4567' })
  const [first, second] = written((log) => {
    log.warn({ err: refused, code: 'ECONNREFUSED' }, 'failed')
    log.warn({ err: slipped }, 'failed')
  })
  expect(first).toMatchObject({ err: { systemCode: 'ECONNREFUSED' }, code: '[secret]' })
  expect(JSON.stringify(second)).not.toContain('0123-4567')
})

it('what PostgreSQL quotes of a row is not written', () => {
  const refused = Object.assign(new Error('duplicate key'), { detail: 'Key (username_key)=(alice) already exists.' })
  const [line] = written((log) => log.error({ err: refused }, 'failed'))
  expect(line?.err).toMatchObject({ message: 'duplicate key' })
  expect(JSON.stringify(line)).not.toContain('alice')
})

it('what refers to itself ends', () => {
  const about: Record<string, unknown> = { at: new Date(0) }
  about.self = about
  expect(written((log) => log.info(about, 'round'))).toMatchObject([{ at: '1970-01-01T00:00:00.000Z', self: '[more]' }])
})

it('lines within a call all carry its id', () => {
  const [first, second] = written((log) => {
    const call = within(log, { call: 'abc' })
    call.info({}, 'began')
    call.error({ status: 500 }, 'ended')
  })
  expect(first).toMatchObject({ call: 'abc', message: 'began' })
  expect(second).toMatchObject({ call: 'abc', status: 500 })
})
