// A CPU profile, told as shares: which part of the house the time of a login is spent in.
import type { Profiler } from 'node:inspector'

type Frame = Profiler.ProfileNode['callFrame']

type Part = [name: string, fits: (frame: Frame) => boolean]

const POSTGRES: Part = [
  'PostgreSQL’s driver',
  ({ url }) => /node_modules\/pg(-[a-z]+)?\/|(bundle|at-once|shared-(connections|reads)|turn-socket)\.ts$/.test(url),
]
const PUSHES: Part = ['client of the push service', ({ url }) => /node_modules\/undici\//.test(url)]
const SOCKETS: Part = [
  'Node’s HTTP and sockets',
  ({ url }) => /^node:(_http|_tls|net|internal\/(streams|stream_base))/.test(url),
]

/** The first part that a sample's frames fit, from the innermost outwards, has the sample. */
const PARTS: Part[] = [
  ['garbage collection', ({ functionName }) => functionName === '(garbage collector)'],
  ['cryptography', ({ url }) => url.startsWith('node:internal/crypto')],
  ['commits, with their wait for the disk', ({ functionName }) => functionName === '#commitAll'],
  ['statements of SQLite', ({ url }) => url.endsWith('server/store/sqlite-connection.ts')],
  POSTGRES,
  ['query builder and store', ({ url }) => /node_modules\/kysely\/|server\/store\//.test(url)],
  PUSHES,
  ['Hono', ({ url }) => /node_modules\/(hono|@hono)\//.test(url)],
  ['schemas and the protocol', ({ url }) => /node_modules\/zod\/|\/protocol\/|node_modules\/canonicalize\//.test(url)],
  ['our own rooms', ({ url }) => /\/(server|words)\//.test(url)],
  SOCKETS,
  ['Node’s turns, timers and events', ({ url }) => url.startsWith('node:')],
]

/** @returns shares of the time in which the process was not idle, largest first */
export function shares({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): [part: string, share: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const framesOf = (id: number | undefined): Frame[] => {
    const node = id === undefined ? undefined : byId.get(id)
    return node ? [node.callFrame, ...framesOf(parents.get(node.id))] : []
  }
  const known = new Map(nodes.map(({ id }) => [id, partOf(framesOf(id))]))
  const times = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const part = known.get(id) ?? IDLE
    if (part !== IDLE) times.set(part, (times.get(part) ?? 0) + (timeDeltas[i] ?? 0))
  }
  const all = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times].map(([part, time]): [string, number] => [part, time / all]).sort((a, b) => b[1] - a[1])
}

const IDLE = 'idle'

function partOf(frames: Frame[]): string {
  if (frames[0]?.functionName === '(idle)') return IDLE
  for (const frame of frames) {
    const part = PARTS.find(([, fits]) => fits(frame))
    // Writing to a socket is part of what is written.
    if (part === SOCKETS) return ([POSTGRES, PUSHES].find(([, fits]) => frames.some(fits)) ?? part)[0]
    if (part) return part[0]
  }
  return 'Node itself'
}
