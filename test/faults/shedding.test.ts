// What counts as shed well, and that each way of shedding badly is found.
import { expect, it } from 'vitest'
import type { Seen } from './crowd-main.ts'
import { badlyShed, type Shed } from './shedding.ts'

const seen = (count: number, status: Seen['status'], ms: number, hasRetryAfter = status === 503): Seen[] =>
  Array.from({ length: count }, (_, n) => ({ login: `crowd-${n}`, id: null, ms, status, hasRetryAfter }))

const well: Shed = {
  atFull: { creations: seen(400, 201, 200), decisions: [150, 200] },
  pressed: {
    creations: [...seen(400, 201, 350), ...seen(1600, 503, 20)],
    decisions: [300, 400],
    decisionsRefused: 0,
    behindMs: 20,
  },
  times: 5,
  recovered: 300,
}
const but = (pressed: Partial<Shed['pressed']>): Shed => ({ ...well, pressed: { ...well.pressed, ...pressed } })

it('is content where most is refused at once and all others are answered soon', () => {
  expect(badlyShed(well)).toEqual([])
})

it.each<[string, Shed]>([
  ['too late: this proves nothing', but({ behindMs: 2000 })],
  ['refused without Retry-After', but({ creations: [...seen(400, 201, 350), ...seen(1600, 503, 20, false)] })],
  ['refused at 5 × full load', but({ creations: [...seen(1500, 201, 350), ...seen(500, 503, 20)] })],
  ['without an answer', but({ creations: [...well.pressed.creations, ...seen(40, null, 8000)] })],
  ['creations answered in', but({ creations: [...seen(400, 201, 1300), ...seen(1600, 503, 20)] })],
  ['decisions refused', but({ decisionsRefused: 1 })],
  ['decisions in', but({ decisions: [300, 2000] })],
  ['nobody had signed in again', { ...well, recovered: 20_000 }],
])('finds %s', (says, shed) => {
  expect(badlyShed(shed).map((violation) => violation.says)).toEqual([expect.stringContaining(says)])
})
