import { expect, it } from 'vitest'
import { clockWatch } from './clock-watch.ts'
import type { Logger } from './log.ts'
import type { Store } from './store/store.ts'

it('says once that the clocks disagree, and once that they agree again', async () => {
  const lines: unknown[] = []
  const line = (level: string) => (what: object) => lines.push([level, what])
  let aheadMs = 0
  const log = { warn: line('warn'), info: line('info') } as unknown as Logger
  const look = clockWatch({ store: { clockAhead: () => aheadMs } as Store, log })
  for (aheadMs of [0, -1999, -2001, 40_000, 1, 0]) await look()
  expect(lines).toEqual([
    ['warn', { aheadMs: -2001 }],
    ['info', { aheadMs: 1 }],
  ])
})
