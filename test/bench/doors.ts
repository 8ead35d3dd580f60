// The same sign-in by each door, in turns: what RADIUS and OpenID Connect cost the server beside the application's own
// calls. Passwords are hashed as cheaply as argon2 can: what it costs on purpose is told by itself.
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import { OidcLogins } from './oidc-logins.ts'
import { Phones } from './phones.ts'
import { RadiusLogins } from './radius-logins.ts'
import type { Size } from './whole-logins.ts'

type Door = {
  name: string
  /** @param measured what of it is this door's; absent: all of it */
  run(at: number, total: number, measured: (work: () => Promise<void>) => Promise<void>): Promise<void>
  costs: number[]
  rates: number[]
}

export async function doors(size: Size, databaseUrl?: string): Promise<Figure[]> {
  const house = await House.open({ databaseUrl, radius: true })
  // Each door has people of its own: theirs are the phones that answer by themselves.
  const load = house.load(await house.people(size.people, { numbers: false }), size.lanes)
  const people = await house.people(size.people, { numbers: false })
  const phones = new Phones(house.origin, people, size.lanes)
  house.onPush((plaintext) => phones.push(plaintext))
  const { radius, oidc } = await house.doors()
  const gateway = await RadiusLogins.open(radius, people)
  const site = new OidcLogins(house.origin, oidc, people)
  const all: Door[] = [
    { name: 'REST', run: (at, total, measured) => measured(() => load.run(at, total)), costs: [], rates: [] },
    { name: 'RADIUS', run: (at, total, measured) => measured(() => gateway.run(at, total)), costs: [], rates: [] },
    { name: 'OpenID Connect', run: (at, total, measured) => measured(() => site.run(at, total)), costs: [], rates: [] },
    // What a person's browser asks for at any door with a page, whatever comes before and after it.
    { name: 'the login page’s calls alone', run: site.runByStep.bind(site), costs: [], rates: [] },
  ]
  try {
    for (const { run } of all) await Promise.race([run(size.lanes, size.logins, (work) => work()), phones.failure])
    for (let round = 0; round < size.rounds; round++)
      for (const door of all) await Promise.race([measure(door, house, size), phones.failure])
    return figuresOf(all)
  } finally {
    await gateway.close()
    await phones.close()
    await load.close()
    await house.close()
  }
}

async function measure({ run, costs, rates }: Door, house: House, { lanes, logins }: Size): Promise<void> {
  await run(lanes, logins, async (work) => {
    const [used, at] = [house.used(), performance.now()]
    await work()
    costs.push((1e6 * (house.used() - used)) / logins)
    rates.push((1000 * logins) / (performance.now() - at))
  })
}

function figuresOf(all: readonly Door[]): Figure[] {
  const rest = median(all[0]?.costs ?? [])
  return all.flatMap(({ name, costs, rates }, nth): Figure[] => [
    {
      name: `sign-ins per second of the server’s processor time, ${name}`,
      value: 1e6 / median(costs),
      unit: '/s/core',
      note: `${median(costs).toFixed(0)} µs; ${median(rates).toFixed(0)}/s by the clock, clients on the same cores`,
    },
    ...(nth === 0
      ? []
      : [{ name: `processor time of a sign-in, ${name}`, value: median(costs) / rest, unit: '× REST' }]),
  ])
}
