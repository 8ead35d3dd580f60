// How long each step takes at half of full load, beside an empty POST at half of its own: an open loop, in turns.
import { syncTimes } from './disk.ts'
import type { EmptyPosts } from './empty-posts.ts'
import { type Figure, median, percentile } from './figures.ts'
import type { Latencies, LoginLoad } from './logins.ts'
import { Pace } from './pace.ts'

type Sides = { server: { used(): number }; load: LoginLoad; posts: EmptyPosts }

/** By the clock, with as many under way as bring the most. */
export type FullLoad = { loginsPerSecond: number; postsPerSecond: number }

/** Of one processor, how much the server and all that asks it took; by how much each call was begun too late. */
type Run = { server: number; clients: number; late: number[] }
type Round = { steps: Latencies; logins: Run; empty: number[]; posts: Run; syncs: number[] }

/** @param logins each round, and empty POSTs for as long as they take */
export async function atHalfLoad(
  { server, load, posts }: Sides,
  full: FullLoad,
  { logins, rounds }: { logins: number; rounds: number },
): Promise<Figure[]> {
  const [loginPace, postPace] = [full.loginsPerSecond / 2, full.postsPerSecond / 2]
  const empty = Math.ceil((logins * postPace) / loginPace)
  const measured: Round[] = []
  const pace = new Pace()
  try {
    for (let round = 0; round < rounds; round++) {
      load.forget()
      posts.times.length = 0
      measured.push({
        logins: await during(server, () => pace.run(loginPace, logins, () => load.login())),
        posts: await during(posts, () => pace.run(postPace, empty, () => posts.post())),
        steps: load.latencies,
        empty: [...posts.times],
        syncs: syncTimes(),
      })
    }
  } finally {
    await pace.close()
  }
  return figuresOf(measured, { loginPace, postPace })
}

async function during(server: { used(): number }, run: () => Promise<number[]>): Promise<Run> {
  const [used, own, at] = [server.used(), process.cpuUsage(), performance.now()]
  const late = await run()
  const { user, system } = process.cpuUsage(own)
  const seconds = (performance.now() - at) / 1000
  return { server: (server.used() - used) / seconds, clients: (user + system) / 1e6 / seconds, late }
}

function figuresOf(
  rounds: readonly Round[],
  { loginPace, postPace }: { loginPace: number; postPace: number },
): Figure[] {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure))
  const step = (name: string, which: keyof Latencies): Figure[] =>
    [0.5, 0.99].map((share) => {
      const ms = of(({ steps }) => percentile(steps[which], share))
      const empty = of((round) => percentile(round.empty, share))
      return {
        name: `${name}, p${share * 100}`,
        value: of((round) => percentile(round.steps[which], share) / percentile(round.empty, share)),
        unit: '× empty POST',
        note: `${ms.toFixed(2)} ms beside ${empty.toFixed(2)} ms`,
      }
    })
  const load = (name: string, value: number, run: (round: Round) => Run): Figure => {
    const [server, clients] = [of((round) => run(round).server), of((round) => run(round).clients)]
    const late = [0.5, 0.99].map((share) => of((round) => percentile(run(round).late, share)).toFixed(2))
    const note = `server ${percent(server)}, clients ${percent(clients)} of a core; begun ${late.join(' · ')} ms late, p50 · p99`
    return { name, value, unit: '/s', note }
  }
  return [
    load('half of full load, logins', loginPace, ({ logins }) => logins),
    load('half of full load, empty POSTs', postPace, ({ posts }) => posts),
    {
      name: 'fsync of the disk below',
      value: of(({ syncs }) => median(syncs)),
      unit: 'ms',
      note: `p99 ${of(({ syncs }) => percentile(syncs, 0.99)).toFixed(2)} ms`,
    },
    ...step('create answered', 'create'),
    ...step('decision answered', 'decide'),
    ...step('decision → page told', 'told'),
    ...step('redeem answered', 'redeem'),
  ]
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`
