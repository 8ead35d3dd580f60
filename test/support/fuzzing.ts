// The same cases at each run, so that nobody's change fails by chance: `FUZZ_SEED` and `FUZZ_TIMES` try others, and
// more of them. What fails is told with its seed and as small as it can be made.
import fc from 'fast-check'

export const seed = Number(process.env.FUZZ_SEED ?? 6)
const times = Number(process.env.FUZZ_TIMES ?? 1)

export function tried<T>(cases: fc.Arbitrary<T>, holds: (of: T) => void, runs = 300): void {
  fc.assert(
    fc.property(cases, (of) => void holds(of)),
    { seed, numRuns: runs * times },
  )
}

/** Against a server that remembers, a case made smaller is another case: the first that fails is told. */
export function triedInTurn<T>(cases: fc.Arbitrary<T>, holds: (of: T) => Promise<void>, runs: number): Promise<void> {
  return fc.assert(fc.asyncProperty(cases, holds), { seed, numRuns: runs * times, endOnFailure: true })
}
