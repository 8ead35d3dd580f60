import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SignInView } from '../../protocol/login-api.ts'
import type { RequestState } from '../../protocol/login-request.ts'
import { type WatchNeeds, watch } from './watching.ts'

const waiting = (state: RequestState): SignInView => ({
  step: 'waiting',
  application: 'Harbour',
  organisation: 'Harbour',
  username: 'alice',
  push: { available: true },
  requestSeconds: 60,
  request: {
    state,
    reason: null,
    delivery: 'sent',
    number: '42',
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:01:00.000Z',
    serverTime: '2026-01-01T00:00:00.000Z',
  },
})

/** A stream that says what the test says. */
class Stream extends EventTarget {
  isClosed = false
  close() {
    this.isClosed = true
  }
  say(view: SignInView) {
    this.dispatchEvent(new MessageEvent('view', { data: JSON.stringify(view) }))
  }
  break() {
    this.dispatchEvent(new Event('error'))
  }
}

describe('following a request', () => {
  let streams: Stream[]
  let told: RequestState[]
  let failures: unknown[]
  let pauses: { ms: number; over: () => void }[]
  let stop: AbortController
  let answers: (SignInView | Error)[]
  let ended: boolean

  beforeEach(() => {
    streams = []
    told = []
    failures = []
    pauses = []
    answers = []
    ended = false
    stop = new AbortController()
    const needs: WatchNeeds = {
      open: () => {
        const stream = new Stream()
        streams.push(stream)
        return stream as unknown as EventSource
      },
      read: async () => {
        const answer = answers.shift() ?? waiting('pending')
        if (answer instanceof Error) throw answer
        return answer
      },
      pause: (ms, signal) =>
        new Promise((over) => {
          pauses.push({ ms, over: () => over() })
          signal.addEventListener('abort', () => over())
        }),
      tell: (view) => view.step === 'waiting' && told.push(view.request.state),
      fail: (error) => failures.push(error),
    }
    watch(needs, stop.signal).then(() => {
      ended = true
    })
  })

  const latest = () => streams.at(-1) ?? new Stream()
  /** Ends the newest pause of so many milliseconds. */
  async function pass(ms: number) {
    await vi.waitUntil(() => pauses.some((pause) => pause.ms === ms))
    const [pause] = pauses.filter((p) => p.ms === ms).slice(-1)
    pauses = pauses.filter((p) => p !== pause)
    pause?.over()
  }
  const until = (condition: () => boolean) => vi.waitUntil(condition)

  it('tells what the stream says, and ends with the request', async () => {
    latest().say(waiting('pending'))
    latest().say(waiting('approved'))
    await until(() => ended)
    expect(told).toEqual(['pending', 'approved'])
    expect(latest().isClosed).toBe(true)
  })

  it('opens a new stream after one that broke, and asks in between', async () => {
    latest().say(waiting('pending'))
    latest().break()
    await pass(2000)
    await until(() => streams.length === 2)
    latest().say(waiting('denied'))
    await until(() => ended)
    expect(told).toEqual(['pending', 'pending', 'denied'])
  })

  it('asks again and again where no stream comes through', async () => {
    await pass(4000)
    await pass(2000)
    await until(() => told.length === 1)
    answers = [waiting('approved')]
    await pass(2000)
    await until(() => ended)
    expect(streams).toHaveLength(1)
    expect(told).toEqual(['pending', 'approved'])
  })

  it('reports an answer that failed, and goes on asking', async () => {
    answers = [new Error('no answer'), waiting('expired')]
    latest().break()
    await pass(2000)
    await until(() => failures.length === 1)
    await pass(2000)
    await until(() => ended)
    expect(told).toEqual(['expired'])
  })

  it('stops when nobody wants to know any more', async () => {
    latest().say(waiting('pending'))
    stop.abort()
    await until(() => ended)
    expect(latest().isClosed).toBe(true)
  })
})
