// What each name may have of a turn of the event loop, and what waits for the next.
import { expect, it } from 'vitest'
import { inTurn } from './in-turn.ts'
import { room } from './room.ts'
import { turn } from './turn.ts'

/** Turns of which light calls have 5 ms; each call costs one. */
function turning({ most = 1000 } = {}) {
  const time = { now: 0 }
  const begins: (() => void)[] = []
  const nextTurn = (begin: () => void) => void begins.push(begin)
  const place = inTurn(
    turn(5, () => time.now, { nextTurn }),
    room(most),
    nextTurn,
  )
  const begun: string[] = []
  const refused: string[] = []
  const gone: (() => void)[] = []
  const comes = (who: string, times = 1) => {
    for (let n = 0; n < times; n++)
      place(who, (left) => gone.push(left)).then(
        () => {
          time.now += 1
          begun.push(who)
        },
        () => refused.push(who),
      )
  }
  /** Who has come and waits leaves. */
  const leave = () => {
    for (const left of gone.splice(0)) left()
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
  /** A turn in which light calls had theirs. */
  async function flooded(): Promise<void> {
    comes('flood', 20)
    await turnEnds()
  }
  return { time, comes, turnEnds, next, flooded, leave, refused, begins }
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

const honest = (n: number) => Array.from({ length: n }, (_, one) => `person ${one}`)

it('lets one of each name begin after another, though more come than a turn may take', async () => {
  const { comes, turnEnds, next, flooded } = turning()
  await flooded()
  comes('flood', 60)
  for (const who of honest(60)) comes(who)
  const begun = await turnEnds()
  expect(begun).toHaveLength(20)
  while (begun.length < 60) begun.push(...(await next()))
  expect(of('flood', begun.slice(0, 62))).toBeLessThanOrEqual(2)
})

it.each([
  ['one floods and eight do not', 1, 8],
  ['eight flood and one does not', 8, 1],
])('keeps nobody waiting for all that was asked before, where %s', async (_, flooding, others) => {
  const { comes, turnEnds, next, flooded } = turning()
  await flooded()
  // Nobody begins in this turn any more.
  for (const who of honest(20)) comes(who)
  await turnEnds()
  for (let n = 0; n < flooding; n++) comes(`flood ${n}`, 100)
  for (let n = 0; n < others; n++) comes(`other ${n}`)
  expect(await turnEnds()).toEqual([])
  expect((await next()).filter((who) => who.startsWith('other'))).toHaveLength(others)
})

it('forgets whoever leaves, and goes on with who comes next', async () => {
  const { comes, turnEnds, next, flooded, leave, begins } = turning()
  await flooded()
  for (let n = 0; n < 3; n++) {
    comes('flood', 10)
    leave()
  }
  // However often they come and leave, one looks after those who wait.
  expect(begins).toHaveLength(2)
  comes('flood')
  expect(await turnEnds()).toEqual([])
  expect(await next()).toEqual(['flood'])
  expect(await next()).toEqual([])
  expect(begins).toEqual([])
  await flooded()
  comes('flood')
  await turnEnds()
  expect(await next()).toEqual(['flood'])
})

it('has no more wait than there is room for, and of those who leave it is free again', async () => {
  const { comes, turnEnds, next, flooded, leave, refused } = turning({ most: 8 })
  await flooded()
  comes('flood', 10)
  await turnEnds()
  expect(refused).toEqual(['flood', 'flood'])
  leave()
  comes('flood', 8)
  await turnEnds()
  expect(refused).toHaveLength(2)
  expect(await next()).toHaveLength(8)
})
