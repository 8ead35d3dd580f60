// A Monday morning: when people sign in, and how long they take. All of it is assumption, so it is all in one place.

export type Morning = {
  people: number
  /** of all people, those who sign in between seven and ten */
  share: number
  /** the hill of arrivals, seconds after seven */
  peakAt: number
  /** one standard deviation of it, seconds */
  spread: number
  /** shifts that begin on the hour: of those who come, how many come then */
  shiftShare: number
  shiftsAt: readonly number[]
  /** how long such a rush takes, seconds */
  shiftTakes: number
}

export const MONDAY: Morning = {
  people: 1_000_000,
  share: 0.8,
  peakAt: 5400,
  spread: 2400,
  shiftShare: 0.06,
  shiftsAt: [3600, 7200],
  shiftTakes: 120,
}
export const ENDS = 10_800

export type Chance = () => number

/** Always the same numbers from the same seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const exponential = (mean: number, chance: Chance) => -mean * Math.log(1 - chance())

function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
}

/** Seconds after seven, in order. */
export function arrivals(morning: Morning, chance: Chance): Float64Array {
  const { people, share, shiftShare, shiftsAt, shiftTakes, peakAt, spread } = morning
  const times = new Float64Array(Math.round(people * share))
  for (let i = 0; i < times.length; i++) {
    const isShift = chance() < shiftShare
    const shift = shiftsAt[Math.floor(chance() * shiftsAt.length)] ?? 0
    times[i] = isShift ? shift - shiftTakes * chance() : within(peakAt + spread * normal(chance), chance)
  }
  return times.sort()
}

/** Who would come outside of these hours comes at any time of them. */
const within = (at: number, chance: Chance) => (at < 0 || at > ENDS ? ENDS * chance() : at)

/** The most that arrive in one second, on average, as the formula of the hill and of the rush says. */
export function peakRate({ people, share, shiftShare, shiftsAt, shiftTakes, peakAt, spread }: Morning): number {
  const all = people * share
  const hillAt = (at: number) => Math.exp(-(((at - peakAt) / spread) ** 2) / 2) / (spread * Math.sqrt(2 * Math.PI))
  const rates = shiftsAt.map((at) => hillAt(at) * (1 - shiftShare) + shiftShare / shiftsAt.length / shiftTakes)
  return all * Math.max(hillAt(peakAt) * (1 - shiftShare), ...rates)
}

/** How long a person takes to decide: half within seven seconds, one in twenty never. Seconds; undefined: never. */
export function decidesAfter(chance: Chance): number | undefined {
  return chance() < 0.05 ? undefined : Math.min(7 * Math.exp(0.7 * normal(chance)), 60)
}
