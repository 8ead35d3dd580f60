// /admin/v1/radius-clients: VPN gateways and servers that ask over RADIUS.
import * as z from 'zod/mini'
import { applicationId, radiusClientId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'

const time = z.nullable(timestampSchema)

/** What was wrong with what came last from a client's network, and was therefore not answered. */
export const RADIUS_FAULTS = ['wrong-secret', 'unsigned', 'flood', 'unreadable'] as const
export type RadiusFault = (typeof RADIUS_FAULTS)[number]

const MOST_VENDOR = 0xffffff
/** Where a client is told the person's groups: `12356:1` is attribute 1 of vendor 12356. */
const groupsIn = z.string().check(
  z.refine((text) => {
    if (['none', 'filter-id', 'class'].includes(text)) return true
    const [vendor = 0, type = 0] = /^\d{1,8}:\d{1,3}$/.test(text) ? text.split(':').map(Number) : []
    return vendor >= 1 && vendor <= MOST_VENDOR && type >= 1 && type <= 255
  }, 'must be none, filter-id, class, or vendor and attribute as 12356:1'),
)

const network = z.string().check(z.minLength(1), z.maxLength(64))
const certificate = z
  .string()
  .check(
    z.regex(/^$|^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'must be a host name, as its certificate has it'),
  )

export const radiusClientView = z.object({
  id: radiusClientId,
  application: applicationId,
  /** CIDR; of several that fit the most specific is meant */
  network: z.string(),
  /** the DNS name in the certificate that it connects with by RadSec; empty: it asks over UDP */
  certificate: z.string(),
  /** it can show the text of a challenge, and take an answer */
  challenges: z.boolean(),
  groups: z.string(),
  /** false: its requests may come without Message-Authenticator, which only a client on this machine may */
  messageAuthenticator: z.boolean(),
  previousSecretUntil: time,
  createdAt: timestampSchema,
  /** to the minute */
  lastSeenAt: time,
  fault: z.nullable(z.object({ kind: z.enum(RADIUS_FAULTS), at: timestampSchema })),
  version: z.int(),
})
export type RadiusClientView = z.infer<typeof radiusClientView>

export const radiusClientsCall = z.object({ application: z.optional(applicationId) })
export const radiusClientList = z.object({
  clients: z.array(radiusClientView),
  /** where this server listens; null: not at all */
  udp: z.nullable(z.string()),
  radsec: z.nullable(z.string()),
})
export type RadiusClientList = z.infer<typeof radiusClientList>

export const radiusClientPath = z.object({ id: radiusClientId })

const wishes = {
  certificate: z._default(certificate, ''),
  challenges: z._default(z.boolean(), false),
  groups: z._default(groupsIn, 'none'),
  messageAuthenticator: z._default(z.boolean(), true),
}

export const addRadiusClientCall = z.object({ id: applicationId, network, ...wishes })
/** The secret is told once. */
export const addedRadiusClient = z.object({ id: radiusClientId, secret: z.string() })

export const editRadiusClientCall = z.object({
  id: radiusClientId,
  version: z.int(),
  network: z.optional(network),
  challenges: z.optional(z.boolean()),
  groups: z.optional(groupsIn),
  messageAuthenticator: z.optional(z.boolean()),
})

export const rotateRadiusSecretCall = z.object({
  id: radiusClientId,
  /** how long the former secret works beside the new one; 0: not at all */
  keepHours: z._default(z.int().check(z.minimum(0), z.maximum(720)), 24),
})
export const rotatedRadiusSecret = z.object({ secret: z.string(), previousUntil: time })
