// What an application reads of an outage when somebody is sent back to it; the rest is shown by test/wire/outages.test.ts.
import { EventEmitter } from 'node:events'
import type { Provider } from 'oidc-provider'
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { tellFaults } from './faults.ts'

type Step = (ctx: object, next: () => Promise<void>) => Promise<void>

/** As the library does: it tells of the error, and sends back. @returns where to */
async function sentBack(error: Error, location: string): Promise<string> {
  let step: Step = async () => undefined
  const provider = Object.assign(new EventEmitter(), {
    use: (given: Step) => {
      step = given
    },
  })
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const stopping = new AbortController().signal
  tellFaults(provider as unknown as Provider, { clock: new ManualClock(), log: log as never, stopping })
  const headers = new Map<string, string>()
  const ctx = {
    response: { get: (name: string) => headers.get(name) ?? '' },
    set: (name: string, value: string) => headers.set(name, value),
  }
  await step(ctx, async () => {
    headers.set('Location', location)
    provider.emit('server_error', ctx, error)
  })
  return headers.get('Location') ?? ''
}
const outage = Object.assign(new Error('gone'), { code: 'ECONNRESET' })
const back = (error: string) => `https://harbour.example/callback?a=b&error=${error}&error_description=oops&state=s%26t`

it('an application is told to come back where the store is away, and nothing else of the answer changes', async () => {
  const { origin, pathname, searchParams } = new URL(await sentBack(outage, back('server_error')))
  expect(origin + pathname).toBe('https://harbour.example/callback')
  expect(Object.fromEntries(searchParams)).toEqual({
    a: 'b',
    error: 'temporarily_unavailable',
    error_description: 'the server can’t answer just now; try again',
    state: 's&t',
  })
})

it.each([
  ['a fault of ours stays one', new Error('a defect'), back('server_error')],
  ['what the application did wrong stays that', outage, back('invalid_scope')],
  ['a page of ours is no answer', outage, '/login/x'],
])('%s', async (_, error, location) => {
  expect(await sentBack(error, location)).toBe(location)
})
