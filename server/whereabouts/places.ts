// Where an address probably is, from a MaxMind-format file that the operator supplies; without one, nobody knows.
import type { CityResponse } from 'maxmind'
import type { Logger } from '../log.ts'
import type { Locate, Place } from './context.ts'

/** A file that is damaged somewhere keeps nobody from signing in: there nobody knows, and the log says so once. */
export async function openPlaces(
  file: string | undefined,
  log?: Pick<Logger, 'error'>,
): Promise<{ locate: Locate; regionOf: (row: { context: string }) => string | undefined }> {
  const reader = file === undefined ? undefined : await (await import('maxmind')).open<CityResponse>(file)
  let isTold = false
  const locate: Locate = (ip) => {
    try {
      return placeOf(reader?.get(ip) ?? undefined)
    } catch (error) {
      if (!isTold) log?.error({ err: error }, 'the file of places can’t be read throughout: get it anew')
      isTold = true
      return undefined
    }
  }
  return {
    locate,
    regionOf: (row) => {
      const { ip } = JSON.parse(row.context) as { ip?: string }
      return ip === undefined ? undefined : locate(ip)?.region
    },
  }
}

function placeOf(found: CityResponse | undefined): Place | undefined {
  const country = found?.country?.names?.en
  if (!found?.country || typeof country !== 'string') return undefined
  const city = found.city?.names?.en ?? found.subdivisions?.[0]?.names?.en
  const subdivision = found.subdivisions?.[0]?.iso_code
  return {
    name: city === undefined ? country : `${city}, ${country}`,
    region: [found.country.iso_code, subdivision].filter(Boolean).join('-'),
  }
}
