// The shell blocks of docs/integrate/rest.md, run as they stand against a real server, in the order of the page; and the
// curl calls of pages that have no test of their own.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiSnippets } from '../../client/console/applications/connect.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { makeApiToken } from '../../server/operators/api-tokens.ts'
import { blocksOf } from '../support/page-blocks.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const ASKED = { name: 'monitoring', role: 'auditor', expiresInDays: 90 } as const

type Block = { language: string; text: string }
type Values = Record<string, string>

const page = readFileSync(join(import.meta.dirname, '../../docs/integrate/rest.md'), 'utf8')
const section = page.slice(page.indexOf('## A sign-in by curl'), page.indexOf('## From JavaScript'))
const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
  ([, language = '', text = '']): Block => ({ language, text }),
)
/** `NAME=value` and nothing else: what a reader fills in. */
const namesSet = ({ text }: Block) => [...text.matchAll(/^([A-Z_]+)=\S*$/gm)].map(([, name = '']) => name)
const isFilledIn = (block: Block) => namesSet(block).length === block.text.trim().split('\n').length
const calls = blocks.filter((block) => block.language === 'sh' && !isFilledIn(block))

/** @throws where curl itself fails, or a variable has no value */
function run(text: string, values: Values): Promise<string> {
  const env = { PATH: process.env.PATH, ...values }
  return new Promise((resolve, reject) => {
    execFile('sh', ['-euc', text], { env }, (error, out, err) => (error ? reject(new Error(err)) : resolve(out)))
  })
}

/** The one that stands within a table of a page. */
function inlineCurl(of: string): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs/integrate', of), 'utf8')
  return /`(curl [^`]+)`/.exec(text)?.[1] ?? `no curl call on ${of}`
}

/** What each member is, without its value. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map(shapeOf))]
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
}

describe('the curl calls of the page about REST', () => {
  const house = wireHouse('sqlite')
  const values: Values = {}
  const outputs: string[] = []
  const block = (part: string) => calls.find(({ text }) => text.includes(part))?.text ?? `no block holds ${part}`
  let alices: WireDevice
  beforeAll(async () => {
    alices = await house.server.device(await house.server.user('alice'))
  })

  it('ask, wait, listen, redeem, take back and verify, and answer what the page shows', async () => {
    const device = alices
    values.COUNTERSIGN = house.server.wire.origin
    values.COUNTERSIGN_KEY = house.application.apiKey
    const set = blocks.filter(isFilledIn).flatMap(namesSet)
    expect(set).toEqual(['COUNTERSIGN', 'COUNTERSIGN_KEY', 'ID', 'SECRET', 'PASSCODE', 'TYPED'])
    let answer: Record<string, string> = {}
    for (const { language, text } of blocks.filter((one) => !isFilledIn(one))) {
      if (language === 'json') {
        expect(shapeOf(answer)).toEqual(shapeOf(JSON.parse(text)))
        continue
      }
      const output = await run(text, values)
      outputs.push(output)
      if (!output.startsWith('{')) continue
      answer = JSON.parse(output)
      if (answer.secret) {
        values.ID = answer.id ?? ''
        values.SECRET = answer.secret
        const { body: shown } = await device.request(values.ID)
        await device.decide(shown, 'approve', answer.number)
      }
      if (answer.passcode) values.PASSCODE = answer.passcode
      if (answer.amr) await house.clock.advance(60_000)
      values.TYPED = device.passcode()
    }
    expect(outputs[2]).toMatch(/^event: state\nid: 2\ndata: \{.*"state":"approved".*\}\n\n$/)
    expect(JSON.parse(outputs[4] ?? '')).toMatchObject({ type: 'urn:countersign:problem:already-settled', status: 409 })
    expect(JSON.parse(outputs[5] ?? '')).toEqual({ valid: true, token: device.token.id })
  })

  it('take a pending request back', async () => {
    const { created } = await house.asked()
    const before = { ...values, COUNTERSIGN: house.server.wire.origin, COUNTERSIGN_KEY: house.application.apiKey }
    expect(await run(block('DELETE'), { ...before, ID: created.id })).toBe('')
    expect((await house.application.read(created.id)).body.state).toBe('cancelled')
  })

  it('are answered as they stand on the application’s page of the console', async () => {
    const given: Values = {}
    const output: Record<string, Values> = {}
    for (const { id, text } of apiSnippets(house.server.wire.origin)) {
      const filled = text.replace(/<(\w+)>/g, (_, name) => given[name] ?? name).replace('123456', '000000')
      output[id] = JSON.parse(
        await run(filled.replace('curl', 'curl -sS'), { COUNTERSIGN_KEY: house.application.apiKey }),
      )
      Object.assign(given, output[id])
      if (id !== 'ask') continue
      const { body: shown } = await alices.request(given.id ?? '')
      await alices.decide(shown, 'approve', given.number)
    }
    expect(output.wait).toMatchObject({ state: 'approved' })
    expect(output.redeem).toMatchObject({ username: 'alice' })
    expect(output.verify).toHaveProperty('valid')
  })

  it('fail where a value was not filled in', async () => {
    await expect(run(block('redeem'), { COUNTERSIGN: house.server.wire.origin })).rejects.toThrow(
      /ID: parameter not set/,
    )
  })
})

describe('the curl calls of other pages', () => {
  const house = wireHouse('sqlite', { env: { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32' } })
  const quiet = (text: string) => text.replace('curl', 'curl -sS')

  it('list people by an API token', async () => {
    const { apiToken: TOKEN } = await makeApiToken(house.server.running.parts, ASKED, BY)
    await house.server.user('albert')
    const [text = ''] = blocksOf('../administer.md', 'sh', { 'https://login.example.org': house.server.wire.origin })
    const { users } = JSON.parse(await run(quiet(text), { TOKEN })) as { users: { username: string }[] }
    expect(users.map(({ username }) => username)).toEqual(['albert'])
  })

  it('say what is wrong with a protected site, or a server that seems to be away', async () => {
    const { origin, port } = house.server.wire
    const asksSite = inlineCurl('forward-auth.md').replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    expect(await run(quiet(asksSite), {})).toContain('is no protected site of any application')
    await addApplication(house.server.running.parts, { name: 'Wiki', protectedSites: ['https://wiki.example.org'] })
    expect(JSON.parse(await run(quiet(asksSite), {}))).toMatchObject({ status: 401 })
    const asksHealth = inlineCurl('pam.md').replace('https://login.example.org', origin)
    expect(JSON.parse(await run(quiet(asksHealth), {}))).toEqual({ ok: true })
  })
})
