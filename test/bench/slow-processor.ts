// A processor four times as slow, for a browser with all that belongs to it: DevTools slow down pages, and no workers.
// The kernel gives the whole of it a quarter of one processor, in slices too short for anything to be put off by one.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaunchedBrowser } from '../support/chromium.ts'

const SLICE_US = 8000
export const TIMES = 4

/** Control groups, first version and second (cgroups(7)): where they are, and how a share of a processor is said. */
const VERSIONS = [
  {
    root: '/sys/fs/cgroup/cpu',
    share: { 'cpu.cfs_period_us': `${SLICE_US}`, 'cpu.cfs_quota_us': `${SLICE_US / TIMES}` },
  },
  { root: '/sys/fs/cgroup', share: { 'cpu.max': `${SLICE_US / TIMES} ${SLICE_US}` } },
]

/** While `work` runs the browser is slow. @returns undefined where nobody shares out processors to whoever asks */
export async function slowly<Result>(
  browser: LaunchedBrowser,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const group = newGroup()
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

function newGroup(): { folder: string; root: string } | undefined {
  const version = VERSIONS.find(({ root }) => existsSync(root))
  if (!version) return undefined
  const folder = join(version.root, `countersign-bench-${process.pid}`)
  try {
    mkdirSync(folder)
    for (const [file, value] of Object.entries(version.share)) writeFileSync(join(folder, file), value)
    return { folder, root: version.root }
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
