import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { triedInTurn } from '../../test/support/fuzzing.ts'
import { placeFile } from '../../test/support/place-file.ts'
import { openPlaces } from './places.ts'

const NETHERLANDS = { code: 'NL', name: 'Netherlands' }

describe('places', () => {
  let folder: string
  let file: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-places-'))
    file = join(folder, 'places.mmdb')
    await writeFile(
      file,
      placeFile([
        { network: '203.0.113.0/24', city: 'Rotterdam', subdivision: 'ZH', country: NETHERLANDS },
        { network: '198.51.100.0/25', country: NETHERLANDS },
        { network: '2001:db8::/32', city: 'Saint-Étienne-du-Rouvray', country: { code: 'FR', name: 'France' } },
        { network: '192.0.2.0/24', city: 'Nowhere' },
      ]),
    )
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([
    ['203.0.113.7', { name: 'Rotterdam, Netherlands', region: 'NL-ZH' }],
    ['203.0.113.255', { name: 'Rotterdam, Netherlands', region: 'NL-ZH' }],
    ['198.51.100.1', { name: 'Netherlands', region: 'NL' }],
    ['2001:db8::1', { name: 'Saint-Étienne-du-Rouvray, France', region: 'FR' }],
    ['198.51.100.200', undefined],
    ['192.0.2.1', undefined],
    ['127.0.0.1', undefined],
    ['::1', undefined],
  ])('%s is at %j', async (ip, place) => {
    const { locate } = await openPlaces(file)
    expect(locate(ip)).toEqual(place)
  })

  it('the region of a request is where its address is', async () => {
    const { regionOf } = await openPlaces(file)
    expect(regionOf({ context: '{"ip":"203.0.113.7"}' })).toBe('NL-ZH')
    expect(regionOf({ context: '{}' })).toBeUndefined()
  })

  it('without a file nobody knows', async () => {
    const { locate } = await openPlaces(undefined)
    expect(locate('203.0.113.7')).toBeUndefined()
  })

  it('a file that is damaged is refused at the start, or knows what it can, and the log says so once', async () => {
    const whole = await readFile(file)
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const cut = fc.oneof(fc.constant(0), fc.nat(whole.length))
    let told = 0
    const once = async (given: Buffer) => {
      const damaged = join(folder, 'damaged.mmdb')
      await writeFile(damaged, given)
      const lines: object[] = []
      const places = await openPlaces(damaged, { error: (about) => void lines.push(about) }).catch(() => undefined)
      for (const ip of ['203.0.113.7', '203.0.113.8', '198.51.100.1', '2001:db8::1'])
        expect(typeof (places?.locate(ip)?.name ?? '')).toBe('string')
      expect(lines.length).toBeLessThan(2)
      told += lines.length
    }
    await triedInTurn(
      fc.tuple(damage, cut),
      ([wrong, less]) => {
        const given = Buffer.from(whole)
        for (const [at, value] of wrong) given[at] = value
        return once(given.subarray(0, given.length - less))
      },
      300,
    )
    expect(told).toBeGreaterThan(0)
  })
})
