// Web sites that a proxy protects, and the people in them.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'

/** Which application a site is. */
export type ProtectedSitesTable = { origin: string; application_id: ApplicationId }

/** A sign-in to such a site, from the site to the login page and back. */
export type SiteVisitsTable = {
  id: string
  origin: string
  application_id: ApplicationId
  /** the page asked for; an address of that origin */
  way_back: string
  /** SHA-256 of the cookie on the site */
  browser: string
  /** SHA-256 of the cookie on the public origin; null until the browser came there */
  visitor: string | null
  /** SHA-256 of what is shown at the site, once the person is known */
  user_id: UserId | null
  code: string | null
  expires_at: number
}

export type SiteSessionsTable = {
  /** SHA-256 of the cookie */
  id: string
  origin: string
  application_id: ApplicationId
  user_id: UserId
  created_at: number
  seen_at: number
  expires_at: number
}

export type SiteSchema = {
  protected_sites: ProtectedSitesTable
  site_visits: SiteVisitsTable
  site_sessions: SiteSessionsTable
}
