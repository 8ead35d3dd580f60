// The house beside the plain way to do the same and beside the floor, in turns, with the same clients and push services.
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import type { LoginLoad } from './logins.ts'
import { OwnServer } from './own-server.ts'
import type { Size } from './whole-logins.ts'

type Side = { load: LoginLoad; server: { used(): number }; costs: number[] }

export async function plainWay(size: Size): Promise<Figure[]> {
  const plain = await OwnServer.open('plain-main.ts', size)
  const bare = await OwnServer.open('floor-main.ts', size)
  const house = await House.open()
  const theirs: Side = { load: plain.load, server: plain, costs: [] }
  const floor: Side = { load: bare.load, server: bare, costs: [] }
  const ours: Side = { load: house.load(await house.people(size.people), size.lanes), server: house, costs: [] }
  const sides = [theirs, floor, ours]
  try {
    for (const { load } of sides) await load.run(size.lanes, size.logins)
    for (let round = 0; round < size.rounds; round++) for (const side of sides) await measure(side, size)
    await plain.allWhole()
    await bare.allWhole()
    const beside = (name: string, [one, other]: [Side, Side]): Figure => {
      const [cost, cheaper] = [median(one.costs), median(other.costs)]
      return { name, value: cost / cheaper, unit: '×', note: `${cheaper.toFixed(0)} µs beside ${cost.toFixed(0)} µs` }
    }
    return [
      beside('logins per second of the server’s processor time, beside the plain way', [theirs, ours]),
      beside('the same of the floor with a row a step', [theirs, floor]),
    ]
  } finally {
    await ours.load.close()
    await house.close()
    await plain.close()
    await bare.close()
  }
}

async function measure({ load, server, costs }: Side, { lanes, logins }: Size): Promise<void> {
  const before = server.used()
  await load.run(lanes, logins)
  costs.push((1e6 * (server.used() - before)) / logins)
}
