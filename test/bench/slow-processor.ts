// A processor four times as slow, for a browser with all that belongs to it: DevTools slow down pages, and no workers.
// The kernel gives the whole of it a quarter of one processor, in slices too short for anything to be put off by one.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaunchedBrowser } from '../support/chromium.ts'

const SLICE_US = 8000
export const TIMES = 4

/**
 * Control groups, first version and second (cgroups(7)): where they are below the system's folder of them, and how a
 * share of a processor is said. In the second groups have a share only where the one above hands shares out.
 */
const VERSIONS = [
  {
    folder: 'cpu',
    share: { 'cpu.cfs_period_us': `${SLICE_US}`, 'cpu.cfs_quota_us': `${SLICE_US / TIMES}` },
  },
  {
    folder: '.',
    above: { 'cgroup.subtree_control': '+cpu' },
    share: { 'cpu.max': `${SLICE_US / TIMES} ${SLICE_US}` },
  },
]

/** While `work` runs the browser is slow. @returns undefined where nobody shares out processors to whoever asks */
export async function slowly<Result>(
  browser: LaunchedBrowser,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const group = newGroup('/sys/fs/cgroup')
  if (!group) return undefined
  try {
    move(await processesOf(browser), group.folder)
    return await work()
  } finally {
    // Those that were started since are in it, too.
    move(readFileSync(join(group.folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean), group.root)
    rmdirSync(group.folder)
  }
}

/** @param groups the system's folder of control groups @returns undefined where we may make none */
export function newGroup(groups: string): { folder: string; root: string } | undefined {
  const version = VERSIONS.find(({ folder }) => existsSync(join(groups, folder)))
  if (!version) return undefined
  const root = join(groups, version.folder)
  const folder = join(root, `countersign-bench-${process.pid}`)
  try {
    for (const [file, value] of Object.entries(version.above ?? {})) writeFileSync(join(root, file), value)
    mkdirSync(folder)
    for (const [file, value] of Object.entries(version.share)) writeFileSync(join(folder, file), value)
    return { folder, root }
  } catch {
    return undefined
  }
}

async function processesOf({ context }: LaunchedBrowser): Promise<number[]> {
  const session = await context.browser()?.newBrowserCDPSession()
  if (!session) throw new Error('the browser is gone')
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.map(({ id }) => id)
}

function move(processes: readonly (number | string)[], group: string): void {
  for (const pid of processes) {
    try {
      writeFileSync(join(group, 'cgroup.procs'), String(pid))
    } catch (error) {
      // It has ended since.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
