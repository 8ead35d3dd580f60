// What a stream or a reader may hold: the bounds of `npm run faults` find what is beyond them, each by its name.
import { describe, expect, it } from 'vitest'
import { badlyHeld, type Held } from './idle-streams.ts'
import { tooMuch } from './slow-readers.ts'

const BOUND = 1000
const SENTENCE = 'HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n\r\n{"title":"The server is busy"}'.replaceAll(
  '\r\n',
  ' ',
)
const memory = (process: number) => ({ process, inUse: 7 })
const WELL: Held = {
  // The first step pays for what the process needs once.
  steps: [memory(400), memory(20), memory(18), memory(17)],
  last: memory(17),
  growth: 0.2,
  opened: BOUND,
  stillOpen: BOUND,
  refusals: [SENTENCE, SENTENCE],
  signedIn: 1,
}
const found = (changed: Partial<Held>) => badlyHeld({ ...WELL, ...changed }, BOUND).map(({ says }) => says)

describe('idle streams', () => {
  it('that are held well are nothing to speak of', () => {
    expect(found({})).toEqual([])
  })

  it.each<[string, Partial<Held>]>([
    ['a stream holds 60.0 KiB', { steps: [memory(20), memory(60), memory(20), memory(20)] }],
    ['a stream holds 55.0 KiB', { last: memory(55) }],
    ['a stream holds 3.0 KiB more after a while', { growth: 3 }],
    ['900 were let in, of 1000 that may wait', { opened: 900, stillOpen: 900 }],
    ['1100 were let in, of 1000 that may wait', { opened: 1100, stillOpen: 1100 }],
    ['4 were ended', { stillOpen: BOUND - 4 }],
    ['1 refused without a sentence: (closed)', { refusals: [SENTENCE, '(closed)'] }],
  ])('are told of where %s', (says, changed) => {
    expect(found(changed)).toEqual([says])
  })
})

it('a reader that never reads may hold a MiB of the server, and no more', () => {
  expect(tooMuch(1024)).toEqual([])
  expect(tooMuch(1025)).toMatchObject([{ about: 'memory', says: 'a reader holds 1025 KiB' }])
})
