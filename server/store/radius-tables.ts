// What asks over RADIUS.
import type { ApplicationId, RadiusClientId } from '../../protocol/ids.ts'

export type RadiusClientsTable = {
  id: RadiusClientId
  application_id: ApplicationId
  /** CIDR, its host bits cleared */
  network: string
  /** the name in the certificate it connects with by RadSec; empty: it asks over UDP */
  certificate: string
  /** sealed; empty for RadSec, where RFC 6614 fixes it */
  secret: string
  /** sealed; works until `previous_until` */
  previous_secret: string | null
  previous_until: number | null
  /** it can show the text of an Access-Challenge and take an answer */
  challenges: number
  /** where groups are told: none, filter-id, class, or vendor:type */
  groups: string
  /** requests may come without Message-Authenticator: on this machine alone */
  unsigned: number
  created_at: number
  /** to the minute */
  last_seen_at: number | null
  /** what was wrong with what came last from its network, and when, to the minute */
  fault: string | null
  fault_at: number | null
  version: number
}

/** An Access-Request with a right first factor. */
export type RadiusHeardTable = {
  /** SHA-256 of client, Request Authenticator and hidden password */
  id: string
  expires_at: number
}

export type RadiusSchema = { radius_clients: RadiusClientsTable; radius_heard: RadiusHeardTable }
