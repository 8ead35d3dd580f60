// What a stream holds: the latest state for whoever does not read, and nothing for whoever has gone.
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { room } from '../overload/room.ts'
import { Bell } from '../requests/wait.ts'
import type { Store } from '../store/store.ts'
import { Topics } from '../store/topics.ts'
import type { Call } from './env.ts'
import { eventStream } from './event-stream.ts'

/** A connection that takes nothing more until it is read from. */
class Reluctant extends EventEmitter {
  readonly texts: string[] = []
  headersSent = false
  destroyed = false
  isEnded = false
  hasRoom = false

  writeHead() {
    this.headersSent = true
    return { flushHeaders: () => {} }
  }

  write(text: string) {
    this.texts.push(text)
    return this.hasRoom
  }

  end() {
    this.isEnded = true
  }

  destroy() {
    this.destroyed = true
    this.emit('close')
  }
}

/** Until whatever needs nobody else has come to its pause. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

function listening({ waiting = room(1), method = 'GET' } = {}) {
  const topics = new Topics()
  let listeners = 0
  const subscribe: Store['subscribe'] = (topic, listener) => {
    const end = topics.subscribe(topic, listener)
    listeners += 1
    return () => {
      listeners -= 1
      end()
    }
  }
  const outgoing = new Reluctant()
  const state = { data: '0', last: false, isLost: false }
  const stop = new AbortController()
  const clock = new ManualClock()
  const bell = new Bell({ store: { subscribe } as Store, clock }, 'request:req_1' as Parameters<typeof subscribe>[0])
  const snapshot = async () => {
    if (state.isLost) throw new Error('the store is away')
    return { event: 'state', ...state }
  }
  const told: unknown[] = []
  const call = {
    env: { outgoing: outgoing as unknown as ServerResponse },
    req: { method, routePath: '/events' },
    get: (name: keyof Call['var']) =>
      name === 'ended' ? (error: unknown, about: object) => told.push({ error, about }) : 'call-1',
  } as unknown as Call
  const open = () => eventStream(call, { snapshot, bell, stopping: stop.signal, waiting, who: 'a page' })
  const change = async (more: Partial<typeof state>) => {
    Object.assign(state, more)
    topics.publish(['request:req_1'])
    await turn()
  }
  const held = () => ({ listeners, alarms: clock.waiting, isFull: waiting.refusal('a page') !== undefined })
  return { outgoing, open, change, stop, held, told }
}

const NOTHING = { listeners: 0, alarms: 0, isFull: false }

it('tells nothing more to whoever does not read, and the latest when they do', async () => {
  const { outgoing, open, change } = listening()
  open()
  await turn()
  for (let n = 1; n <= 100; n++) await change({ data: String(n) })
  expect(outgoing.texts).toEqual(['event: state\ndata: 0\n\n'])
  outgoing.hasRoom = true
  outgoing.emit('drain')
  await turn()
  expect(outgoing.texts.slice(1)).toEqual(['event: state\ndata: 100\n\n'])
})

it.each([
  ['the client has gone', ({ outgoing }: ReturnType<typeof listening>) => outgoing.destroy()],
  ['the last state was told', ({ change }: ReturnType<typeof listening>) => change({ last: true })],
  ['the store is away', ({ change }: ReturnType<typeof listening>) => change({ isLost: true })],
  ['the server stops', ({ stop }: ReturnType<typeof listening>) => stop.abort()],
])('holds nothing once %s', async (_why, ends) => {
  const stream = listening()
  stream.outgoing.hasRoom = true
  stream.open()
  await turn()
  expect(stream.held()).toEqual({ listeners: 1, alarms: 1, isFull: true })
  await ends(stream)
  await turn()
  expect(stream.held()).toEqual(NOTHING)
})

it('says once why it could not go on, and hangs up', async () => {
  const { outgoing, open, change, told } = listening()
  outgoing.hasRoom = true
  open()
  await turn()
  expect(told).toEqual([])
  await change({ isLost: true })
  await change({ isLost: true })
  const about = { call: 'call-1', method: 'GET', path: '/events' }
  expect(told).toEqual([{ error: new Error('the store is away'), about }])
  expect(outgoing.destroyed).toBe(true)
})

it('holds nothing of whoever leaves without having read', async () => {
  const { outgoing, open, held } = listening()
  open()
  await turn()
  outgoing.destroy()
  await turn()
  expect(held()).toEqual(NOTHING)
})

it('does not listen where there is no room', () => {
  const { open, held } = listening({ waiting: room(0) })
  expect(open).toThrow(expect.objectContaining({ slug: 'unavailable' }))
  expect(held().listeners).toBe(0)
})

it('does not listen for whoever asks for the head alone, and takes no room', async () => {
  const { open, outgoing, held } = listening({ method: 'HEAD' })
  const answer = open()
  await turn()
  expect([answer.headers.get('content-type'), outgoing.texts]).toEqual(['text/event-stream', []])
  expect(held()).toEqual(NOTHING)
})
