// From the command to the line `ready`, and what the server then holds while nobody asks it for anything.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import { processorSeconds } from './processes.ts'

const COMMAND = join(import.meta.dirname, '..', '..', 'server', 'cli', 'countersign.ts')

export async function startUp(times: number): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  try {
    const first = await started(data)
    const again: Started[] = []
    for (let n = 0; n < times; n++) again.push(await started(data))
    return [
      { name: 'first start to `ready`', value: first.seconds, unit: 's', note: 'makes its store and keys' },
      { name: 'start to `ready`', value: median(again.map(({ seconds }) => seconds)), unit: 's' },
      { name: 'its processor time', value: median(again.map(({ processor }) => processor)), unit: 's' },
      { name: 'memory while idle', value: await idleMemory(), unit: 'MiB', note: 'resident, after a collection' },
    ]
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

type Started = { seconds: number; processor: number }

async function started(data: string): Promise<Started> {
  const before = performance.now()
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: { ...process.env, PORT: '0', COUNTERSIGN_DATA: data, COUNTERSIGN_DEMO: '0', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    for await (const line of createInterface(child.stdout)) {
      if (line.startsWith('ready '))
        return { seconds: (performance.now() - before) / 1000, processor: processorSeconds(child.pid ?? 0) }
    }
    throw new Error('the server ended before it was ready')
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function idleMemory(): Promise<number> {
  const house = await House.open()
  try {
    return (await house.memory()) / 1024 ** 2
  } finally {
    await house.close()
  }
}
