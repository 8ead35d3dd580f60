// `npm test`: every runner in turn, then one line that counts them all. Arguments narrow it: files whose path holds them.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Count,
  countPlaywright,
  countVitest,
  failuresOfPlaywright,
  failuresOfVitest,
  total,
  verdict,
} from './count.ts'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'test/out')

type Runner = {
  name: string
  program: string
  args: string[]
  report: string
  count(report: unknown): Count
  failures(report: unknown): string[]
}

const narrow = process.argv.slice(2)

const RUNNERS: Runner[] = [
  {
    name: 'vitest',
    program: 'node_modules/vitest/vitest.mjs',
    args: [
      'run',
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      '--outputFile.json=test/out/vitest.json',
    ],
    report: 'vitest.json',
    count: countVitest,
    failures: failuresOfVitest,
  },
  {
    name: 'playwright',
    program: 'node_modules/@playwright/test/cli.js',
    args: ['test', '--pass-with-no-tests'],
    report: 'playwright.json',
    count: countPlaywright,
    failures: failuresOfPlaywright,
  },
]

mkdirSync(OUT, { recursive: true })
const counts: Count[] = []
const failures: string[] = []
for (const runner of RUNNERS) counts.push(await outcomeOf(runner))
const sum = total(counts)
for (const failure of failures) console.log(`failed: ${failure}`)
const { passed, line } = verdict(sum)
console.log(line)
process.exitCode = passed ? 0 : 1

/** A runner that ends badly without a failed test, or without a report, counts as a failure itself. */
async function outcomeOf({ name, program, args, report, count, failures: failuresOf }: Runner): Promise<Count> {
  const file = join(OUT, report)
  rmSync(file, { force: true })
  const code = await run(program, [...args, ...narrow])
  const told = read(file)
  const counted = count(told)
  failures.push(...failuresOf(told))
  if (code === 0 || counted.failed > 0) return counted
  console.error(`${name} ended with code ${code}`)
  return { ...counted, failed: counted.failed + 1 }
}

function run(program: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, program), ...args], { cwd: ROOT, stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
