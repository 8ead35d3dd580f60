// The web sites and programs that people sign in to. Adding one by hand is `app add`, which is older than these.
import type { ApplicationId } from '../../../protocol/ids.ts'
import { timestamp } from '../../../protocol/login-request.ts'
import {
  type ApplicationView,
  addApplicationCall,
  addedApplication,
  apiKeyPath,
  applicationList,
  applicationPath,
  applicationView,
  editApplicationCall,
  madeApiKey,
} from '../../../protocol/operator-api/applications.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { addApplication, redirectUrisOf } from '../../applications/applications.ts'
import {
  apiKeyIdOf,
  editApplication,
  knownApplication,
  makeApiKey,
  removeApplication,
  revokeApiKey,
} from '../../applications/changes.ts'
import { type ApiKeyRow, type ApplicationRow, allApiKeys, allApplications, apiKeysOf } from '../../applications/rows.ts'
import type { Assembly } from '../../assemble.ts'
import { table } from '../../cli/table.ts'
import { act } from '../act.ts'

function view(row: ApplicationRow, keys: ApiKeyRow[]): ApplicationView {
  return {
    id: row.id,
    name: row.name,
    createdAt: timestamp(row.created_at),
    clientId: row.client_id,
    redirectUris: redirectUrisOf(row),
    apiKeys: keys.map((key) => ({
      id: apiKeyIdOf(key),
      createdAt: timestamp(key.created_at),
      lastUsedAt: key.last_used_at === null ? null : timestamp(key.last_used_at),
    })),
    version: row.version,
  }
}

async function shown({ store }: Assembly, id: ApplicationId): Promise<ApplicationView> {
  const row = await knownApplication(store.read, id)
  return view(row, await apiKeysOf(store.read, id))
}

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
    run: async ({ store }) => {
      const [rows, keys] = await Promise.all([allApplications(store.read), allApiKeys(store.read)])
      const byApplication = Map.groupBy(keys, (key) => key.application_id)
      return { applications: rows.map((row) => view(row, byApplication.get(row.id) ?? [])) }
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
      lines: ({ name, clientId, redirectUris, apiKeys }) => [
        name,
        ...table([
          ...(clientId ? [['client id', clientId]] : []),
          ...redirectUris.map((uri) => ['redirect URI', uri]),
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
    summary: 'changes the name of an application, or where people are brought back to',
    input: editApplicationCall,
    output: applicationView,
    dangerous: true,
    versioned: true,
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
  act({
    name: 'applications.make-key',
    http: ['POST', '/applications/:id/keys'],
    summary: 'makes an API key, of two at most; it is told here only',
    input: applicationPath,
    output: madeApiKey,
    status: 201,
    dangerous: true,
    cli: {
      name: 'app key',
      operands: ['id'],
      lines: ({ apiKey, id }) => [`API key ${id}. It is shown here only:`, '', `  ${apiKey}`],
    },
    run: (parts, { id }, by) => makeApiKey(parts, id, by),
  }),
  act({
    name: 'applications.revoke-key',
    http: ['DELETE', '/applications/:id/keys/:key'],
    summary: 'ends an API key at once',
    input: apiKeyPath,
    dangerous: true,
    cli: { name: 'app revoke-key', operands: ['id', 'key'], lines: (_output, { key }) => [`Revoked ${key}.`] },
    run: (parts, path, by) => revokeApiKey(parts, path, by),
  }),
]
