// A CPU profile, told as shares: which part of the house the time of a login is spent in.
import type { Profiler } from 'node:inspector'

type Frame = Profiler.ProfileNode['callFrame']

/** The first part that a sample's frames fit, from the innermost outwards, has the sample. */
const PARTS: [name: string, fits: (frame: Frame) => boolean][] = [
  ['garbage collection', ({ functionName }) => functionName === '(garbage collector)'],
  ['cryptography', ({ url }) => url.startsWith('node:internal/crypto')],
  ['TLS of the pushes', ({ url }) => url.startsWith('node:_tls')],
  ['commits, with their wait for the disk', ({ functionName }) => functionName === '#commitAll'],
  ['statements of SQLite', ({ url }) => url.endsWith('server/store/sqlite.ts')],
  ['PostgreSQL’s driver', ({ url }) => /node_modules\/pg(-[a-z]+)?\//.test(url)],
  ['query builder and store', ({ url }) => /node_modules\/kysely\/|server\/store\//.test(url)],
  ['client of the push service', ({ url }) => /node_modules\/undici\//.test(url)],
  ['Hono', ({ url }) => /node_modules\/(hono|@hono)\//.test(url)],
  ['schemas and the protocol', ({ url }) => /node_modules\/zod\/|\/protocol\/|node_modules\/canonicalize\//.test(url)],
  ['our own rooms', ({ url }) => /\/(server|words)\//.test(url)],
  ['Node’s HTTP and sockets', ({ url }) => /^node:(_http|net|internal\/(streams|stream_base))/.test(url)],
  ['Node’s turns, timers and events', ({ url }) => url.startsWith('node:')],
]

/** @returns shares of the time in which the process was not idle, largest first */
export function shares({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): [part: string, share: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const partOf = (id: number): string => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame
      const found = frame && PARTS.find(([, fits]) => fits(frame))
      if (found) return found[0]
    }
    return byId.get(id)?.callFrame.functionName === '(idle)' ? IDLE : 'Node itself'
  }
  const known = new Map(nodes.map(({ id }) => [id, partOf(id)]))
  const times = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const part = known.get(id) ?? IDLE
    if (part !== IDLE) times.set(part, (times.get(part) ?? 0) + (timeDeltas[i] ?? 0))
  }
  const all = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times].map(([part, time]): [string, number] => [part, time / all]).sort((a, b) => b[1] - a[1])
}

const IDLE = 'idle'
