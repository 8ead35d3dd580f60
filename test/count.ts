// What the runners' JSON reports say, as two numbers. A test that was skipped proves nothing and counts as failed.

export type Count = { passed: number; failed: number }

type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name?: string
    status: string
    message?: string
    assertionResults: { fullName?: string; status?: string; failureMessages?: string[] | null }[]
  }[]
}

type PlaywrightSuite = {
  suites?: PlaywrightSuite[]
  specs?: { title: string; file: string; ok: boolean; tests: PlaywrightTest[] }[]
}

type PlaywrightTest = { results: { error?: { message?: string } }[] }

type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: { message?: string }[]
  suites?: PlaywrightSuite[]
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

/** What failed, by file and title, each with the first line of its reason: a long log may be read from its end only. */
export function failuresOfVitest(report: unknown): string[] {
  if (report === undefined) return []
  return (report as VitestReport).testResults.flatMap(({ name = '', status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [told(name, '', message)]
    return failed.map((test) => told(name, test.fullName ?? '', test.failureMessages?.[0]))
  })
}

export function failuresOfPlaywright(report: unknown): string[] {
  if (report === undefined) return []
  const { suites = [], errors } = report as PlaywrightReport
  return [...suites.flatMap(failuresOfSuite), ...errors.map(({ message }) => told('', '', message))]
}

function failuresOfSuite({ suites = [], specs = [] }: PlaywrightSuite): string[] {
  const failed = specs.filter(({ ok }) => !ok)
  const own = failed.map(({ file, title, tests }) => told(file, title, tests.flatMap(reasons)[0]))
  return [...own, ...suites.flatMap(failuresOfSuite)]
}

function reasons({ results }: PlaywrightTest): string[] {
  return results.flatMap(({ error }) => (error?.message ? [error.message] : []))
}

function told(file: string, title: string, reason = 'no reason was given'): string {
  return [file, title, reason.trim().split('\n', 1)[0]].filter(Boolean).join(' › ')
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
