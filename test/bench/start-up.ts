// From the command to the line `ready`, and what the server then holds while nobody asks it for anything.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Figure, median } from './figures.ts'
import { processorSeconds } from './processes.ts'

const COMMAND = join(import.meta.dirname, '..', '..', 'server', 'cli', 'countersign.js')

/** @param idleMs how long the last of them is left alone before its memory is read */
export async function startUp(times: number, idleMs = 5000): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  try {
    const first = await started(data)
    const again: Started[] = []
    for (let n = 0; n < times; n++) again.push(await started(data, n + 1 === times ? idleMs : 0))
    return [
      { name: 'first start to `ready`', value: first.seconds, unit: 's', note: 'makes its store and keys' },
      { name: 'start to `ready`', value: median(again.map(({ seconds }) => seconds)), unit: 's' },
      { name: 'its processor time', value: median(again.map(({ processor }) => processor)), unit: 's' },
      { name: 'memory while idle', value: again.at(-1)?.memory ?? Number.NaN, unit: 'MiB', note: 'resident' },
    ]
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

type Started = { seconds: number; processor: number; memory: number }

async function started(data: string, idleMs = 0): Promise<Started> {
  const before = performance.now()
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: { ...process.env, PORT: '0', COUNTERSIGN_DATA: data, COUNTERSIGN_DEMO: '0', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = child.pid ?? 0
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    for await (const line of createInterface(child.stdout)) {
      if (!line.startsWith('ready ')) continue
      const used = { seconds: (performance.now() - before) / 1000, processor: processorSeconds(pid) }
      await new Promise((resolve) => setTimeout(resolve, idleMs))
      return { ...used, memory: residentMiB(pid) }
    }
    throw new Error('the server ended before it was ready')
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** proc(5), status. */
function residentMiB(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}
