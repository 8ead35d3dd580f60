// Says when the next is due, from a thread that sleeps until then: timers of the event loop keep time to a millisecond only,
// which is many times what an empty POST takes.
import { parentPort } from 'node:worker_threads'
import type { Schedule } from './pace.ts'

/** A thread that sleeps wakes so much later than it asked for, in milliseconds (Linux: timer slack). The rest it is awake. */
const OVERSLEEPS = 0.07

const never = new Int32Array(new SharedArrayBuffer(4))

parentPort?.on('message', ({ dues, from }: Schedule) => {
  const now = () => Number(process.hrtime.bigint() - from) / 1e6
  let begun = 0
  while (begun < dues.length) {
    const due = dues[begun] ?? 0
    const left = due - now() - OVERSLEEPS
    if (left > 0) Atomics.wait(never, 0, 0, left)
    while (now() < due);
    while (begun < dues.length && (dues[begun] ?? 0) <= now()) begun += 1
    parentPort?.postMessage(begun)
  }
})
