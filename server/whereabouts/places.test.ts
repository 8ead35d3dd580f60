import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
})
