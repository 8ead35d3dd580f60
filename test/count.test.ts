import { describe, expect, it } from 'vitest'
import { countPlaywright, countVitest, failuresOfPlaywright, failuresOfVitest, total, verdict } from './count.ts'

const vitest = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }
const stats = { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }

describe('the last line', () => {
  it('sums up all runners', () => {
    const sum = total([countVitest(vitest), countPlaywright({ stats, errors: [] })])
    expect(verdict(sum)).toEqual({ passed: true, line: '8 passed, 0 failed' })
  })

  it('is no success where nothing ran', () => {
    const sum = total([countVitest(undefined), countPlaywright(undefined)])
    expect(verdict(sum)).toEqual({ passed: false, line: '0 passed, 0 failed' })
  })

  it.each([
    [{ ...vitest, numFailedTests: 1 }, 1],
    [{ ...vitest, numPendingTests: 1 }, 1],
    [{ ...vitest, numTodoTests: 1 }, 1],
    [{ ...vitest, testResults: [{ status: 'failed', assertionResults: [] }] }, 1],
  ])('counts what vitest failed, skipped or could not load', (report, failed) => {
    expect(countVitest(report)).toEqual({ passed: 5, failed })
  })

  it.each([
    [{ stats: { ...stats, unexpected: 1 }, errors: [] }, 1],
    [{ stats: { ...stats, skipped: 2 }, errors: [] }, 2],
    [{ stats: { ...stats, flaky: 1 }, errors: [] }, 1],
    [{ stats, errors: [{}] }, 1],
  ])('counts what Playwright failed, skipped or could not load', (report, failed) => {
    expect(countPlaywright(report)).toEqual({ passed: 3, failed })
  })
  it('comes after what failed, by file, title and the first line of the reason', () => {
    const failed = { status: 'failed', fullName: 'a login is told', failureMessages: ['expected 1 to be 2\n  at x.ts'] }
    const report = {
      ...vitest,
      testResults: [
        { name: 'a.test.ts', status: 'failed', assertionResults: [failed, { status: 'passed' }] },
        { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
        { name: 'c.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] },
      ],
    }
    expect(failuresOfVitest(report)).toEqual([
      'a.test.ts › a login is told › expected 1 to be 2',
      'b.test.ts › no such module',
    ])
    expect(failuresOfVitest(undefined)).toEqual([])
  })

  it('comes after what failed in a browser, however deep it stands', () => {
    const test = (message: string) => ({ results: [{ error: { message } }] })
    const specs = [
      { title: 'approve', file: 'queue.e2e.ts', ok: false, tests: [test('not visible\nCall log')] },
      { title: 'deny', file: 'queue.e2e.ts', ok: true, tests: [] },
    ]
    const report = { stats, errors: [{ message: 'out of time' }], suites: [{ suites: [{ specs }] }] }
    expect(failuresOfPlaywright(report)).toEqual(['queue.e2e.ts › approve › not visible', 'out of time'])
  })
})
