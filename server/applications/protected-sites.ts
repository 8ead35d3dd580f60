// Web sites without a login of their own, which a proxy lets people into when this server says so. One is known by its
// origin, and belongs to one application.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Db } from '../store/schema.ts'
import { redirectUriFault } from './redirect-uri.ts'

/** @returns what is wrong with it, or undefined */
function siteFault(site: string): string | undefined {
  const fault = redirectUriFault(site)
  return (
    fault ?? (new URL(site).origin === site ? undefined : 'must be an origin: scheme, host and port, nothing behind')
  )
}

/** @throws {Problem} invalid */
export function refuseFaultySites(sites: readonly string[]): void {
  refuseThose(sites, siteFault)
}

function refuseThose(sites: readonly string[], fault: (site: string) => string | undefined): void {
  const faults = sites.flatMap((site, place) => {
    const said = fault(site)
    return said === undefined ? [] : [[`/protectedSites/${place}`, said]]
  })
  if (faults.length > 0) throw new Problem('invalid', { members: { errors: Object.fromEntries(faults) } })
}

/**
 * In the place of those there were; whoever was signed in to one that goes is signed out.
 * @throws {Problem} invalid where one is another application's, or on a host of another's: cookies know no ports
 * (RFC 6265 §8.5), so each of the two would be sent the sessions of the other
 */
export async function putSites(tx: Db, application: ApplicationId, sites: readonly string[]): Promise<void> {
  const wanted = [...new Set(sites)]
  await tx.deleteFrom('protected_sites').where('application_id', '=', application).execute()
  if (wanted.length > 0)
    await tx
      .insertInto('protected_sites')
      .values(wanted.map((origin) => ({ origin, application_id: application })))
      .onConflict((c) => c.column('origin').doNothing())
      .execute()
  await refuseTaken(tx, application, wanted)
  for (const table of ['site_sessions', 'site_visits'] as const) {
    let gone = tx.deleteFrom(table).where('application_id', '=', application)
    if (wanted.length > 0) gone = gone.where('origin', 'not in', wanted)
    await gone.execute()
  }
}

async function refuseTaken(tx: Db, application: ApplicationId, sites: string[]): Promise<void> {
  const rows = await tx
    .selectFrom('protected_sites')
    .select('origin')
    .where('application_id', '!=', application)
    .execute()
  const taken = new Set(rows.map(({ origin }) => new URL(origin).hostname))
  refuseThose(sites, (site) =>
    taken.has(new URL(site).hostname) ? 'is on a host that is another application’s' : undefined,
  )
}

export async function applicationOfSite(db: Db, origin: string): Promise<ApplicationId | undefined> {
  const row = await db
    .selectFrom('protected_sites')
    .select('application_id')
    .where('origin', '=', origin)
    .executeTakeFirst()
  return row?.application_id
}

/** In the order of the alphabet, by application. */
export async function sitesByApplication(db: Db, one?: ApplicationId): Promise<Map<ApplicationId, string[]>> {
  let query = db.selectFrom('protected_sites').selectAll().orderBy('origin')
  if (one !== undefined) query = query.where('application_id', '=', one)
  const byApplication = new Map<ApplicationId, string[]>()
  for (const { application_id: id, origin } of await query.execute())
    byApplication.set(id, [...(byApplication.get(id) ?? []), origin])
  return byApplication
}

/** Out of all of them, and on the way into none: that first, for a visit becomes a session. */
export async function leaveSites(tx: Db, user: UserId): Promise<void> {
  for (const table of ['site_visits', 'site_sessions'] as const)
    await tx.deleteFrom(table).where('user_id', '=', user).execute()
}
