// Where a request comes from, and whether that is new for the person: worked out by the server, shown on the device.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { placeFile } from '../support/place-file.ts'
import { wireHouse } from '../support/wire-house.ts'

const ROTTERDAM = { ip: '203.0.113.7' }
const DELFT = { ip: '203.0.113.200' }
const PARIS = { ip: '2001:DB8:0:0::1' }

const folder = mkdtempSync(join(tmpdir(), 'countersign-places-'))
const file = join(folder, 'places.mmdb')
const inHolland = { subdivision: 'ZH', country: { code: 'NL', name: 'Netherlands' } }
writeFileSync(
  file,
  placeFile([
    { network: '203.0.113.0/25', city: 'Rotterdam', ...inHolland },
    { network: '203.0.113.128/25', city: 'Delft', ...inHolland },
    { network: '2001:db8::/32', city: 'Paris', country: { code: 'FR', name: 'France' } },
  ]),
)
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(ENGINES)('the place of a request on %s', (engine) => {
  const house = wireHouse(engine, { env: { COUNTERSIGN_GEOIP: file } })

  it('stands in its context, beside the address in its usual spelling', async () => {
    const person = await house.person()
    const { shown } = await house.ask(person, { context: PARIS })
    expect(shown.context).toEqual({ ip: '2001:db8::1', location: 'Paris, France' })
  })

  it('is new where this person never approved from that region, and only then', async () => {
    const person = await house.person()
    const from = async (context: object) => (await house.ask(person, { context })).shown.context
    await house.approved(await house.ask(person, { context: ROTTERDAM }))
    expect(await from(DELFT)).toEqual({ ip: '203.0.113.200', location: 'Delft, Netherlands' })
    expect(await from(PARIS)).toEqual({ ip: '2001:db8::1', location: 'Paris, France', notice: 'new-place' })
  })

  it('that was refused stays new', async () => {
    const person = await house.person()
    await house.approved(await house.ask(person, { context: ROTTERDAM }))
    const refused = await house.ask(person, { context: PARIS })
    await person.device.decide(refused.shown, 'deny')
    expect((await house.ask(person, { context: PARIS })).shown.context).toMatchObject({ notice: 'new-place' })
  })

  it('of somebody else is no habit of this person’s', async () => {
    const other = await house.person()
    await house.approved(await house.ask(other, { context: PARIS }))
    const person = await house.person()
    await house.approved(await house.ask(person, { context: ROTTERDAM }))
    expect((await house.ask(person, { context: PARIS })).shown.context).toMatchObject({ notice: 'new-place' })
  })

  it('nobody knows is not shown', async () => {
    const person = await house.person()
    const { shown } = await house.ask(person, { context: { ip: '127.0.0.1' } })
    expect(shown.context).toEqual({ ip: '127.0.0.1' })
  })
})
