// What each name may have of a turn of the event loop, and what waits for the next.
import { expect, it } from 'vitest'
import { inTurn } from './in-turn.ts'
import { turn } from './turn.ts'

/** Turns of which light calls have 5 ms; each call costs one. */
function turning() {
  const time = { now: 0 }
  const begins: (() => void)[] = []
  const nextTurn = (begin: () => void) => void begins.push(begin)
  const place = inTurn(
    turn(5, () => time.now, { nextTurn }),
    nextTurn,
  )
  const begun: string[] = []
  const comes = (who: string, times = 1) => {
    for (let n = 0; n < times; n++)
      void place(who).then(() => {
        time.now += 1
        begun.push(who)
      })
  }
  /** What has begun by the end of the turn. */
  async function turnEnds(): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve))
    return begun.splice(0)
  }
  async function next(): Promise<string[]> {
    for (const begin of begins.splice(0)) begin()
    return turnEnds()
  }
  return { time, comes, turnEnds, next }
}

const of = (who: string, begun: string[]) => begun.filter((one) => one === who).length

it('lets whoever asks without a pause have a part of each turn, until all is answered', async () => {
  const { comes, turnEnds, next } = turning()
  comes('flood', 20)
  await turnEnds()
  comes('flood', 50)
  expect(await turnEnds()).toEqual([])
  const had: number[] = []
  for (let left = 50; left > 0; left -= had.at(-1) ?? left) had.push((await next()).length)
  expect(had.reduce((sum, one) => sum + one)).toBe(50)
  // The first sixteen are never too many.
  for (const one of had.slice(0, -1)) expect([16, 17, 18, 19, 20]).toContain(one)
})

it('lets everybody else begin at once, in the same turn', async () => {
  const { comes, turnEnds, next } = turning()
  comes('flood', 20)
  await turnEnds()
  comes('flood', 100)
  comes('vpn', 2)
  comes('harbour')
  expect((await turnEnds()).sort()).toEqual(['harbour', 'vpn', 'vpn'])
  expect(of('flood', await next())).toBeGreaterThanOrEqual(16)
  comes('harbour')
  expect(await turnEnds()).toEqual(['harbour'])
})

it('has nobody wait where a turn is short', async () => {
  const { time, comes, turnEnds } = turning()
  comes('a', 15)
  time.now = 10_000
  comes('a')
  expect(await turnEnds()).toHaveLength(16)
})
