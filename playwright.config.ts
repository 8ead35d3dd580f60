// Real browsers. Each test starts what it needs itself: server, Harbour, push service, notification daemon.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.e2e.ts',
  outputDir: 'test/out/playwright',
  // Each drives a browser and a server of its own, and waits for what comes over the wire a third of its time: three keep
  // two cores busy.
  workers: 3,
  fullyParallel: true,
  // A test that passes at the second attempt hides a fault.
  retries: 0,
  forbidOnly: true,
  // Where everything else on the machine is busy, too.
  timeout: 180_000,
  // What a person would wait for on a slow machine; nothing waits longer than it takes.
  expect: { timeout: 20_000 },
  reporter: [['line'], ['json', { outputFile: 'test/out/playwright.json' }]],
  // A trace of every test is a quarter of all the work: for one that failed, `npx playwright test … --trace on`.
  use: { screenshot: 'only-on-failure', trace: 'off' },
})
