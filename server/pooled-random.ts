// Random bytes from a pool: asking the generator for sixteen bytes costs nearly as much as asking for four thousand.
import type { RandomBytes } from '../protocol/ids.ts'

const POOL_BYTES = 4096

/** @param fill with cryptographically strong bytes */
export function pooledRandom(fill: (pool: Uint8Array) => void): RandomBytes {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return (length) => {
    if (length > POOL_BYTES) {
      const bytes = new Uint8Array(length)
      fill(bytes)
      return bytes
    }
    if (used + length > POOL_BYTES) {
      fill(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + length)
    // What was handed out is not kept: a later look into memory must not find it here.
    pool.fill(0, used, used + length)
    used += length
    return bytes
  }
}
