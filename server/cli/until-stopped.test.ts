import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { type Signals, untilStopped } from './until-stopped.ts'

function scene() {
  const signals = new EventEmitter()
  let time = 0
  let ended = 0
  const stopped = untilStopped(signals as unknown as Signals, { now: () => time, atOnce: () => ended++ })
  const send = (signal: string, at: number) => {
    time = at
    signals.emit(signal)
  }
  return { stopped, send, ended: () => ended }
}

it.each(['SIGINT', 'SIGTERM'])('%s stops in good order', async (signal) => {
  const { stopped, send, ended } = scene()
  send(signal, 1000)
  await stopped
  expect(ended()).toBe(0)
})

it('one Ctrl-C that arrives twice, from the terminal and from npm, is one', async () => {
  const { stopped, send, ended } = scene()
  send('SIGINT', 1000)
  send('SIGINT', 1020)
  await stopped
  expect(ended()).toBe(0)
})

it('a second one ends at once', () => {
  const { send, ended } = scene()
  send('SIGINT', 1000)
  send('SIGTERM', 3000)
  expect(ended()).toBe(1)
})
