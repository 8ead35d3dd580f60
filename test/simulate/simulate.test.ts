// The simulation against what is known of queues, and docs/scale.md against both.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { processesFor, workedOut } from './arithmetic.ts'
import { LOGINS_PER_CORE, PAGE } from './measured.ts'
import { arrivals, chanceOf, ENDS, exponential, MONDAY, peakRate } from './morning.ts'
import { type Servers, simulate } from './queue.ts'

const one: Servers = { processes: 1, login: 0.01, steps: { create: 1, push: 0, decide: 0, redeem: 0 }, lifetime: 60 }

const page = readFileSync(join(import.meta.dirname, '../../docs/scale.md'), 'utf8')

describe('the simulation', () => {
  it.each([0.3, 0.7])('waits as a queue with one server does that is busy for %d of its time', (load) => {
    const chance = chanceOf(1)
    let at = 0
    const steady = Float64Array.from({ length: 100_000 }, () => (at += exponential(one.login / load, chance)))
    const { took } = simulate(steady, one, chance)
    const mean = took.create.reduce((sum, each) => sum + each, 0) / took.create.length
    // M/M/1: 1 / (μ − λ).
    expect(mean / (one.login / (1 - load))).toBeCloseTo(1, 1)
    expect(took.create.length).toBe(steady.length)
  })

  it('has its morning from the formula that the arithmetic uses', () => {
    const small = { ...MONDAY, people: 300_000 }
    const times = arrivals(small, chanceOf(2))
    const shift = small.shiftsAt[1] ?? 0
    const rush = times.filter((at) => at > shift - small.shiftTakes && at < shift).length / small.shiftTakes
    expect(rush / peakRate(small)).toBeCloseTo(1, 1)
    expect(times.every((at) => at >= 0 && at <= ENDS)).toBe(true)
  })

  it('and the arithmetic agree about load and waiting pages, and are what docs/scale.md says', () => {
    const morning = { ...MONDAY, people: 100_000 }
    const steps = { create: 0.35, push: 0.2, decide: 0.3, redeem: 0.15 }
    const servers = { processes: 2, login: 0.02, steps, lifetime: 60 }
    const worked = workedOut(morning, servers)
    const found = simulate(arrivals(morning, chanceOf(3)), servers, chanceOf(4))
    expect(found.busiestMinute / worked.load).toBeCloseTo(1, 0)
    expect(Math.abs(found.mostWaiting / worked.waiting - 1)).toBeLessThan(0.2)
    for (const people of [10_000, 100_000, 1_000_000, 10_000_000]) {
      const of = { ...MONDAY, people }
      const carried = { login: 1 / LOGINS_PER_CORE.postgres, steps, lifetime: 60 }
      const cells = [people.toLocaleString('en'), peakRate(of).toFixed(0), processesFor(of, carried)]
      expect(page).toContain(`| ${cells.join(' | ')} |`)
      const pages = workedOut(of, { ...carried, processes: 1 }).waiting
      const said = Number(new RegExp(`^\\| ${cells[0]} .* (\\d+) MiB \\|$`, 'm').exec(page)?.[1])
      expect(Math.abs(said - (pages * PAGE) / 2 ** 20)).toBeLessThan(1 + said / 50)
    }
  })
  it.each([
    ['postgres', /^Processes: (\d+) logins a second and core/m],
    ['twoProcesses', /it is less: (\d+) with two processes on two cores/],
    ['sqlite', /One process on SQLite carries some (\d+) logins a second/],
  ] as const)(
    'begins from what was measured: docs/scale.md has the figures of docs/performance.md for %s',
    (of, said) => {
      // Medians move from one run to the next, and no conclusion hangs on so little.
      expect(Math.abs(Number(said.exec(page)?.[1]) / LOGINS_PER_CORE[of] - 1)).toBeLessThan(0.1)
    },
  )
})
