// What the runners' JSON reports say, as two numbers. A test that was skipped proves nothing and counts as failed.

export type Count = { passed: number; failed: number }

type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: unknown[]
}

export function countVitest(report: unknown): Count {
  if (report === undefined) return { passed: 0, failed: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = report as VitestReport
  // A file that can't even be loaded has no test to count.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return { passed: numPassedTests, failed: numFailedTests + numPendingTests + numTodoTests + broken.length }
}

export function countPlaywright(report: unknown): Count {
  if (report === undefined) return { passed: 0, failed: 0 }
  const { stats, errors } = report as PlaywrightReport
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length }
}

export function total(counts: readonly Count[]): Count {
  return counts.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
    passed: 0,
    failed: 0,
  })
}

/** Nothing run is nothing shown: that is no success. */
export function verdict({ passed, failed }: Count): { passed: boolean; line: string } {
  return { passed: failed === 0 && passed > 0, line: `${passed} passed, ${failed} failed` }
}
