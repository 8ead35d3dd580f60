// How many connections a process takes, and how many of them may do nothing but wait: it has only so many files and so
// much memory, and who decides, or is to be pushed to, must find some left however many pages are open.
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

export type Bounds = {
  /** open at once; who comes beyond them is closed unheard */
  connections: number
  /** of these, streams and long polls; who comes beyond them is told to come back */
  waiting: number
  /** of gateways, at a port of their own; who comes beyond them is closed */
  radsec: number
}

/** For the store, the log, push services, receivers of webhooks, mail, directories. */
const FILES_OF_ITS_OWN = 256
/** Connections for everything else that is asked; of these some are lent to those who wait less than others do (room.ts). */
const MOST_KEPT_BACK = 1024
const MOST_RADSEC = 1000
/** Bytes of the heap, measured with room to spare; half of it is everything else's. One that says nothing holds a sixth. */
const A_WAIT = 16 * 1024
/** Bytes of memory, with all of a body but its end and what Node and its buffers add; half is everything else's. */
const A_BODY = 96 * 1024

type Process = { files: number; heapBytes: number; memoryBytes: number; hasRadsec?: boolean }

export function boundsOf({ files, heapBytes, memoryBytes, hasRadsec = false }: Process): Bounds {
  const radsec = Math.min(MOST_RADSEC, Math.floor(files / 8))
  const others = Math.min(FILES_OF_ITS_OWN, Math.floor(files / 4)) + (hasRadsec ? radsec : 0)
  const byMemory = Math.min(Math.floor(heapBytes / A_WAIT), Math.floor(memoryBytes / 2 / A_BODY))
  const connections = Math.max(1, Math.min(files - others, byMemory))
  const waiting = connections - Math.min(MOST_KEPT_BACK, Math.ceil(connections / 4))
  return { connections, waiting: Math.min(waiting, Math.floor(heapBytes / 2 / A_WAIT)), radsec }
}

/** Of this process. @param hasRadsec whether gateways connect as well */
export function ownBounds(hasRadsec = false): Bounds {
  const heapBytes = getHeapStatistics().heap_size_limit
  return boundsOf({ files: mostFiles(), heapBytes, memoryBytes: mostMemory(), hasRadsec })
}

/** proc(5), limits. Node has raised the soft one to the hard one by now. Where nothing says it, memory alone bounds. */
function mostFiles(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1')
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** What the control group lets it have, as a container does; else what the machine has. */
function mostMemory(): number {
  const [group, machine] = [process.constrainedMemory(), totalmem()]
  return Math.min(group || Number.POSITIVE_INFINITY, machine || Number.POSITIVE_INFINITY)
}
