// Where an address probably is, from a MaxMind-format file that the operator supplies; without one, nobody knows.
import type { CityResponse } from 'maxmind'
import type { Locate, Place } from './context.ts'

export async function openPlaces(
  file: string | undefined,
): Promise<{ locate: Locate; regionOf: (row: { context: string }) => string | undefined }> {
  const reader = file === undefined ? undefined : await (await import('maxmind')).open<CityResponse>(file)
  const locate: Locate = (ip) => placeOf(reader?.get(ip) ?? undefined)
  return {
    locate,
    regionOf: (row) => {
      const { ip } = JSON.parse(row.context) as { ip?: string }
      return ip === undefined ? undefined : locate(ip)?.region
    },
  }
}

function placeOf(found: CityResponse | undefined): Place | undefined {
  const country = found?.country?.names.en
  if (!found?.country || country === undefined) return undefined
  const city = found.city?.names.en ?? found.subdivisions?.[0]?.names.en
  const subdivision = found.subdivisions?.[0]?.iso_code
  return {
    name: city === undefined ? country : `${city}, ${country}`,
    region: [found.country.iso_code, subdivision].filter(Boolean).join('-'),
  }
}
