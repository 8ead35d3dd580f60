// The web sites and programs that people sign in to. Adding one by hand is `app add`, which is older than these.
import type { ApplicationId } from '../../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../../protocol/login-request.ts'
import {
  type ApplicationView,
  addApplicationCall,
  addedApplication,
  applicationList,
  applicationPath,
  applicationView,
  editApplicationCall,
} from '../../../protocol/operator-api/applications.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { addApplication, redirectUrisOf } from '../../applications/applications.ts'
import { apiKeyIdOf, editApplication, knownApplication, removeApplication } from '../../applications/changes.ts'
import { iconPath } from '../../applications/icon.ts'
import { oidcClientOf } from '../../applications/oidc-client.ts'
import { sitesByApplication } from '../../applications/protected-sites.ts'
import { type ApiKeyRow, type ApplicationRow, allApiKeys, allApplications, apiKeysOf } from '../../applications/rows.ts'
import { groupsByApplication, type NamedGroup } from '../../applications/who-may.ts'
import type { Assembly } from '../../assemble.ts'
import { knownGroupByName } from '../../directory/groups.ts'
import { act } from '../act.ts'
import { CLIENT_OPTIONS, clientGiven } from '../typed/client-options.ts'
import type { Given } from '../typed/option.ts'
import { table } from '../typed/table.ts'

type Beside = { keys: ApiKeyRow[]; groups: NamedGroup[]; sites: string[]; now: number }

function view(row: ApplicationRow, { keys, groups, sites, now }: Beside): ApplicationView {
  const { previous_secret_until: until } = row
  return {
    id: row.id,
    name: row.name,
    createdAt: timestamp(row.created_at),
    clientId: row.client_id,
    redirectUris: redirectUrisOf(row),
    protectedSites: sites,
    apiKeys: keys.map((key) => ({
      id: apiKeyIdOf(key),
      createdAt: timestamp(key.created_at),
      lastUsedAt: timeOrNull(key.last_used_at),
    })),
    previousSecretUntil: until !== null && until > now ? timestamp(until) : null,
    oidc: { askedAt: timeOrNull(row.oidc_asked_at), usedAt: timeOrNull(row.oidc_used_at) },
    client: row.client_id === null ? null : oidcClientOf(row),
    groups: row.restricted === 0 ? null : groups,
    loginText: row.login_text,
    icon: row.icon === null ? null : iconPath(row.icon),
    version: row.version,
  }
}

async function shown({ store, clock }: Assembly, id: ApplicationId): Promise<ApplicationView> {
  const row = await knownApplication(store.read, id)
  const asked = [
    apiKeysOf(store.read, id),
    groupsByApplication(store.read, id),
    sitesByApplication(store.read, id),
  ] as const
  const [keys, groups, sites] = await Promise.all(asked)
  return view(row, { keys, groups: groups.get(id) ?? [], sites: sites.get(id) ?? [], now: clock.now() })
}

const listed = (value: Given[string]) => (Array.isArray(value) ? value : undefined)

const usedAt = (lastUsedAt: string | null) => (lastUsedAt === null ? 'never used' : `used ${lastUsedAt}`)

export const applicationActs = [
  act({
    name: 'applications.list',
    http: ['GET', '/applications'],
    summary: 'shows the applications, oldest first',
    input: nothing,
    output: applicationList,
    cli: {
      name: 'app list',
      operands: [],
      lines: ({ applications }) =>
        applications.length === 0
          ? ['None yet. Next: npx countersign app add <name>']
          : table(applications.map(({ name, clientId, id }) => [name, clientId ? 'OpenID Connect' : 'API', id])),
    },
    run: async ({ store: { read }, clock }) => {
      const asked = [
        allApplications(read),
        allApiKeys(read),
        groupsByApplication(read),
        sitesByApplication(read),
      ] as const
      const [rows, allKeys, groups, sites] = await Promise.all(asked)
      const keys = Map.groupBy(allKeys, (key) => key.application_id)
      const now = clock.now()
      const of = <T>(lists: Map<ApplicationId, T[]>, { id }: ApplicationRow) => lists.get(id) ?? []
      const shownOf = (row: ApplicationRow) =>
        view(row, { keys: of(keys, row), groups: of(groups, row), sites: of(sites, row), now })
      return { applications: rows.map(shownOf) }
    },
  }),
  act({
    name: 'applications.show',
    http: ['GET', '/applications/:id'],
    summary: 'shows an application, and when its keys were last used',
    input: applicationPath,
    output: applicationView,
    cli: {
      name: 'app show',
      operands: ['id'],
      lines: ({ name, clientId, redirectUris, protectedSites, apiKeys, groups, oidc, loginText }) => [
        name,
        ...table([
          ['open to', groups === null ? 'everybody' : groups.map((group) => group.name).join(', ') || 'nobody'],
          ...(loginText === null ? [] : [['login text', loginText]]),
          ...(clientId ? [['client id', clientId]] : []),
          ...redirectUris.map((uri) => ['redirect URI', uri]),
          ...protectedSites.map((site) => ['protected site', site]),
          ...(clientId ? [['OpenID Connect', usedAt(oidc.usedAt)]] : []),
          ...apiKeys.map(({ id, lastUsedAt }) => ['API key', `${id}, ${usedAt(lastUsedAt)}`]),
        ]).map((line) => `  ${line}`),
      ],
    },
    run: (parts, { id }) => shown(parts, id),
  }),
  act({
    name: 'applications.add',
    http: ['POST', '/applications'],
    summary: 'adds an application; its secrets are told here only',
    input: addApplicationCall,
    output: addedApplication,
    status: 201,
    dangerous: true,
    run: addApplication,
  }),
  act({
    name: 'applications.edit',
    http: ['PATCH', '/applications/:id'],
    summary: 'changes how an application is called and looks, where people are brought back to, and whose it is',
    input: editApplicationCall,
    output: applicationView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'app edit',
      operands: ['id'],
      options: {
        name: { value: 'NAME', about: 'what people read when they are asked' },
        'redirect-uri': { value: 'URI', about: 'in the place of those there are', multiple: true },
        site: {
          value: 'ORIGIN',
          about: 'a site that a proxy protects, in the place of those there are',
          multiple: true,
        },
        group: { value: 'NAME', about: 'only members of this group, or these, may sign in', multiple: true },
        everybody: { about: 'everybody may sign in' },
        ...CLIENT_OPTIONS,
        'login-text': { value: 'TEXT', about: 'what people read on the sign-in page; empty: nothing' },
      },
      input: async ({ id, name, 'login-text': text, everybody, ...given }, parts) => {
        const names = listed(given.group)
        const groups = names && (await Promise.all(names.map((one) => knownGroupByName(parts.store.read, one))))
        return {
          id,
          version: (await knownApplication(parts.store.read, id as ApplicationId)).version,
          name,
          redirectUris: listed(given['redirect-uri']),
          client: await clientGiven(given),
          protectedSites: listed(given.site),
          loginText: text === '' ? null : text,
          groups: everybody ? null : groups?.map((group) => group.id),
        }
      },
      lines: ({ name }) => [`Changed ${name}.`],
    },
    run: async (parts, asked, by) => {
      await editApplication(parts, asked, by)
      return shown(parts, asked.id)
    },
  }),
  act({
    name: 'applications.remove',
    http: ['DELETE', '/applications/:id'],
    summary: 'removes an application; its keys are refused from then on',
    input: applicationPath,
    dangerous: true,
    cli: { name: 'app remove', operands: ['id'], lines: (_output, { id }) => [`Removed ${id}.`] },
    run: (parts, { id }, by) => removeApplication(parts, id, by),
  }),
]
