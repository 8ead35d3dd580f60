// Every way in there is, from what applications, RADIUS clients, the directory and tokens for provisioning say: whether
// it is open, where it is, who comes through it, and when somebody last did.
import type { ApiTokenView } from '../../../protocol/operator-api/api-tokens.ts'
import type { ApplicationView } from '../../../protocol/operator-api/applications.ts'
import type { DirectoryView } from '../../../protocol/operator-api/directory.ts'
import type { RadiusClientList, RadiusClientView } from '../../../protocol/operator-api/radius-clients.ts'
import { t } from '../../../words/console.ts'

export type DoorId = 'oidc' | 'rest' | 'radius' | 'radsec' | 'ldap' | 'forward-auth' | 'entra' | 'scim'

/** `shut`: nothing can come through until something is set up; `hidden`: the role does not show it. */
export type DoorState = 'open' | 'shut' | 'failing' | 'asking' | 'hidden'

export type Door = {
  id: DoorId
  state: DoorState
  /** what opens it, or what is wrong there */
  hint: string | undefined
  /** as whoever connects something types it, or as this server listens */
  where: readonly string[]
  /** an application where there is a link to one */
  users: readonly { name: string; application?: string }[]
  /** null: never; undefined: nobody notes it */
  lastSeen: string | null | undefined
}

export type Known = {
  origin: string
  now: number
  applications: readonly ApplicationView[]
  radius: RadiusClientList
  /** undefined: not answered yet */
  directory: DirectoryView | undefined
  /** undefined: the role does not show them */
  apiTokens: readonly ApiTokenView[] | undefined
}

const latest = (times: readonly (string | null)[]) =>
  times
    .filter((time) => time !== null)
    .sort()
    .at(-1) ?? null

const named = ({ id, name }: ApplicationView) => ({ name, application: id })

type Seen = Pick<Door, 'where' | 'users' | 'lastSeen'>

/** Shut until there is something that may come through it. */
const openWhere = (id: Exclude<DoorId, 'ldap'>, isOpen: boolean, seen: Seen, hint?: string): Door =>
  isOpen ? { id, state: 'open', hint, ...seen } : { id, state: 'shut', hint: t(`doors.shut.${id}`), ...seen }

function byOidc({ origin, applications }: Known): Door[] {
  const clients = applications.filter(({ clientId }) => clientId !== null)
  const door = (id: 'oidc' | 'entra', where: string, those: readonly ApplicationView[]) =>
    openWhere(id, those.length > 0, {
      where: [where],
      users: those.map(named),
      lastSeen: latest(those.flatMap(({ oidc }) => [oidc.askedAt, oidc.usedAt])),
    })
  const isEntra = ({ client }: ApplicationView) => Boolean(client?.entra)
  return [
    door(
      'oidc',
      `${origin}/oidc`,
      clients.filter((one) => !isEntra(one)),
    ),
    door('entra', `${origin}/oidc/entra`, clients.filter(isEntra)),
  ]
}

function rest({ origin, applications }: Known): Door {
  const keys = applications.flatMap(({ apiKeys }) => apiKeys)
  return openWhere('rest', keys.length > 0, {
    where: [`${origin}/api/v1`],
    users: applications.filter(({ apiKeys }) => apiKeys.some(({ lastUsedAt }) => lastUsedAt !== null)).map(named),
    lastSeen: latest(keys.map(({ lastUsedAt }) => lastUsedAt)),
  })
}

function forwardAuth({ origin, applications }: Known): Door {
  const those = applications.filter(({ protectedSites }) => protectedSites.length > 0)
  const seen = { where: [`${origin}/forward-auth`], users: those.map(named), lastSeen: undefined }
  return openWhere('forward-auth', those.length > 0, seen)
}

function byRadius({ applications, radius }: Known): Door[] {
  const door = (id: 'radius' | 'radsec', at: string | null, clients: readonly RadiusClientView[]) => {
    const asking = new Set(clients.map(({ application }) => application))
    const refused = clients.filter(({ fault, lastSeenAt }) => fault && fault.at > (lastSeenAt ?? '')).length
    const seen = {
      where: at === null ? [] : [at],
      users: applications.filter(({ id }) => asking.has(id)).map(named),
      lastSeen: latest(clients.map(({ lastSeenAt }) => lastSeenAt)),
    }
    return openWhere(id, at !== null, seen, refused > 0 ? t('doors.refused', { count: refused }) : undefined)
  }
  return [
    door(
      'radius',
      radius.udp,
      radius.clients.filter(({ certificate }) => certificate === ''),
    ),
    door(
      'radsec',
      radius.radsec,
      radius.clients.filter(({ certificate }) => certificate !== ''),
    ),
  ]
}

function ldap({ directory: answer }: Known): Door {
  const rest = { id: 'ldap', users: [], lastSeen: undefined } as const
  if (!answer) return { ...rest, state: 'asking', hint: undefined, where: [] }
  const { directory } = answer
  if (!directory) return { ...rest, state: 'shut', hint: t('directory.none'), where: [] }
  const where = directory.servers.map(({ server }) => server)
  return directory.reached
    ? { ...rest, state: 'open', hint: undefined, where }
    : { ...rest, state: 'failing', hint: t('directory.down'), where }
}

function scim({ origin, now, apiTokens }: Known): Door {
  const where = [`${origin}/scim/v2`]
  if (!apiTokens) return { id: 'scim', state: 'hidden', hint: undefined, where, users: [], lastSeen: undefined }
  const those = apiTokens.filter(({ role, expiresAt }) => role === 'provisioning' && Date.parse(expiresAt) > now)
  return openWhere('scim', those.length > 0, {
    where,
    users: those.map(({ name }) => ({ name })),
    lastSeen: latest(those.map(({ lastUsedAt }) => lastUsedAt)),
  })
}

export function allDoors(known: Known): Door[] {
  const [oidc, entra] = byOidc(known)
  return [oidc, rest(known), ...byRadius(known), forwardAuth(known), entra, ldap(known), scim(known)].filter(
    (door) => door !== undefined,
  )
}
