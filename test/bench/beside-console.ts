// Sign-ins alone, and sign-ins while operators watch the live view and search for people: in turns, in one run, so that a
// busy minute of the machine falls on both.
import { type Figure, median, percentile } from './figures.ts'
import type { House } from './house.ts'
import type { Latencies, LoginLoad } from './logins.ts'
import { Console, SEARCHES, somethings } from './screens.ts'

/** What operators of a large organisation do at once. */
export const OPERATORS = { views: 20, searchesPerSecond: 4 }

type Size = { logins: number; rounds: number; people: number; calmLanes: number }
type Side = { latencies: Latencies[]; rates: number[] }

export async function besideConsole(house: House, token: string, size: Size): Promise<Figure[]> {
  const load = house.load(await house.people(size.people), size.calmLanes)
  const operators = await Operators.open(house.origin, token)
  const alone: Side = { latencies: [], rates: [] }
  const beside: Side = { latencies: [], rates: [] }
  try {
    await load.run(size.calmLanes, size.logins)
    for (let round = 0; round < size.rounds; round++) {
      await measure(alone, load, size)
      const stop = await operators.work()
      await measure(beside, load, size)
      await stop()
    }
    return figuresOf(alone, beside, operators)
  } finally {
    await operators.close()
    await load.close()
  }
}

async function measure(side: Side, load: LoginLoad, { calmLanes, logins }: Size): Promise<void> {
  load.forget()
  const at = performance.now()
  await load.run(calmLanes, logins)
  side.rates.push((1000 * logins) / (performance.now() - at))
  side.latencies.push(load.latencies)
}

function figuresOf(alone: Side, beside: Side, { seen, searched }: Operators): Figure[] {
  const step = (name: string, of: keyof Latencies): Figure[] =>
    [0.5, 0.99].map((share) => {
      const [before, then] = [alone, beside].map(({ latencies }) =>
        percentile(
          latencies.flatMap((one) => one[of]),
          share,
        ),
      ) as [number, number]
      const note = `${then.toFixed(1)} ms beside ${before.toFixed(1)} ms`
      return { name: `${name}, p${share * 100}`, value: then / before, unit: '× alone', note }
    })
  const rates = [median(beside.rates), median(alone.rates)] as const
  return [
    {
      name: 'sign-ins per second by the clock',
      value: rates[0] / rates[1],
      unit: '× alone',
      note: `${rates.map((rate) => rate.toFixed(0)).join(' beside ')}; ${seen} views sent, ${searched} searches`,
    },
    ...step('create answered', 'create'),
    ...step('decision answered', 'decide'),
    ...step('decision → page told', 'told'),
    ...step('redeem answered', 'redeem'),
  ]
}

/** They look on, and search for one person after another. */
class Operators {
  readonly #asked: Console
  readonly #abouts: Awaited<ReturnType<typeof somethings>>
  /** how often a live view was sent anew */
  seen = 0
  searched = 0

  private constructor(asked: Console, abouts: Awaited<ReturnType<typeof somethings>>) {
    this.#asked = asked
    this.#abouts = abouts
  }

  static async open(origin: string, token: string): Promise<Operators> {
    const asked = new Console(origin, token, OPERATORS.views + 4)
    return new Operators(asked, await somethings(asked, 40))
  }

  /** @returns what ends it, once the last search is answered */
  async work(): Promise<() => Promise<void>> {
    const over = new AbortController()
    const views = Array.from({ length: OPERATORS.views }, () => this.#view(over.signal))
    const searches: Promise<void>[] = []
    const each = setInterval(() => searches.push(this.#search()), 1000 / OPERATORS.searchesPerSecond)
    return async () => {
      clearInterval(each)
      await Promise.all(searches)
      over.abort()
      await Promise.all(views)
    }
  }

  async #view(over: AbortSignal): Promise<void> {
    try {
      for await (const chunk of await this.#asked.stream('/live', over))
        if (String(chunk).includes('event: changed')) this.seen += 1
    } catch (error) {
      if (!over.aborted) throw error
    }
  }

  async #search(): Promise<void> {
    const nth = this.searched++
    const about = this.#abouts[nth % this.#abouts.length]
    const search = SEARCHES[nth % SEARCHES.length]
    if (about && search) await this.#asked.time(search, about)
  }

  close(): Promise<void> {
    return this.#asked.close()
  }
}
