// Where the organisation is told what happened, as Standard Webhooks describes it.
import { timeOrNull, timestamp } from '../../../protocol/login-request.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import {
  addedWebhook,
  addWebhookCall,
  editWebhookCall,
  rotatedWebhookSecret,
  rotateWebhookSecretCall,
  type WebhookView,
  webhookList,
  webhookPath,
  webhookView,
} from '../../../protocol/operator-api/webhooks.ts'
import type { Assembly } from '../../assemble.ts'
import { deliveryCounts } from '../../webhooks/again.ts'
import { kindsOf } from '../../webhooks/fan-out.ts'
import { allWebhooks, type DeliveryRow, type WebhookRow } from '../../webhooks/rows.ts'
import { addWebhook, editWebhook, knownWebhook, removeWebhook, rotateWebhookSecret } from '../../webhooks/webhooks.ts'
import { act } from '../act.ts'
import { table } from '../typed/table.ts'

function view(row: WebhookRow, now: number, counts: (id: string, state: DeliveryRow['state']) => number): WebhookView {
  const until = row.previous_until
  return {
    id: row.id as WebhookView['id'],
    name: row.name,
    url: row.url,
    kinds: kindsOf(row),
    state: row.state,
    failingSince: timeOrNull(row.failing_since),
    previousSecretUntil: until !== null && until > now ? timestamp(until) : null,
    waiting: counts(row.id, 'waiting'),
    failed: counts(row.id, 'failed'),
    createdAt: timestamp(row.created_at),
    version: row.version,
  }
}

async function shown(parts: Assembly, id: string): Promise<WebhookView> {
  return view(await knownWebhook(parts.store.read, id), parts.clock.now(), await deliveryCounts(parts))
}

const secretLines = (secret: string, more: string[] = []) => [
  'Secret. It is shown here only:',
  '',
  `  ${secret}`,
  ...more,
]
export const webhookActs = [
  act({
    name: 'webhooks.list',
    http: ['GET', '/webhooks'],
    summary: 'shows where the organisation is told what happened, and whether it arrives',
    input: nothing,
    output: webhookList,
    cli: {
      name: 'webhook list',
      operands: [],
      lines: ({ webhooks }) =>
        webhooks.length === 0
          ? ['None yet. Next: npx countersign webhook add <name> <url>']
          : table(
              webhooks.map(({ name, url, state, failingSince, waiting, id }) => [
                name,
                failingSince === null ? state : `failing since ${failingSince}`,
                waiting === 0 ? '' : `${waiting} waiting`,
                url,
                id,
              ]),
            ),
    },
    run: async (parts) => {
      const [rows, counts] = await Promise.all([allWebhooks(parts.store.read), deliveryCounts(parts)])
      return { webhooks: rows.map((row) => view(row, parts.clock.now(), counts)) }
    },
  }),
  act({
    name: 'webhooks.show',
    http: ['GET', '/webhooks/:id'],
    summary: 'shows one webhook',
    input: webhookPath,
    output: webhookView,
    cli: {
      name: 'webhook show',
      operands: ['id'],
      lines: ({ name, url, state, failingSince, kinds, waiting, failed }) => [
        `${name}: ${url}`,
        failingSince === null ? `It is ${state}.` : `It is ${state}, failing since ${failingSince}.`,
        `Told: ${kinds.length === 0 ? 'every security event' : kinds.join(', ')}.`,
        `${waiting} waiting, ${failed} given up.`,
      ],
    },
    run: (parts, { id }) => shown(parts, id),
  }),
  act({
    name: 'webhooks.add',
    http: ['POST', '/webhooks'],
    summary: 'adds an address that is told what happens from now on; its secret is told here only',
    input: addWebhookCall,
    output: addedWebhook,
    status: 201,
    dangerous: true,
    cli: {
      name: 'webhook add',
      operands: ['name', 'url'],
      options: {
        kind: { value: 'KIND', about: 'only these; "*" for the whole audit log', multiple: true },
      },
      input: async ({ name, url, kind }) => ({ name, url, ...(Array.isArray(kind) && { kinds: kind }) }),
      lines: ({ webhook, secret }) => [`Added ${webhook.name}, ${webhook.id}.`, ...secretLines(secret)],
    },
    run: async (parts, asked, by) => {
      const { row, secret } = await addWebhook(parts, asked, by)
      return { webhook: view(row, parts.clock.now(), () => 0), secret }
    },
  }),
  act({
    name: 'webhooks.edit',
    http: ['PATCH', '/webhooks/:id'],
    summary: 'changes a webhook, switches it off, or on again: then it gets what has waited',
    input: editWebhookCall,
    output: webhookView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'webhook edit',
      operands: ['id'],
      options: {
        name: { value: 'NAME', about: 'what it is called' },
        url: { value: 'URL', about: 'where it listens' },
        kind: { value: 'KIND', about: 'only these from now on; "*" for the whole audit log', multiple: true },
        state: { value: 'on|off', about: 'off: what happens meanwhile is not told' },
      },
      input: async ({ id, kind, ...rest }, parts) => ({
        id,
        ...rest,
        ...(Array.isArray(kind) && { kinds: kind }),
        version: (await knownWebhook(parts.store.read, String(id))).version,
      }),
      lines: ({ name, state }) => [`Changed ${name}: ${state}.`],
    },
    run: async (parts, asked, by) => {
      await editWebhook(parts, asked, by)
      return shown(parts, asked.id)
    },
  }),
  act({
    name: 'webhooks.remove',
    http: ['DELETE', '/webhooks/:id'],
    summary: 'removes a webhook, and what still waited for it',
    input: webhookPath,
    dangerous: true,
    cli: { name: 'webhook remove', operands: ['id'], lines: (_output, { id }) => [`Removed ${id}.`] },
    run: (parts, { id }, by) => removeWebhook(parts, id, by),
  }),
  act({
    name: 'webhooks.rotate-secret',
    http: ['POST', '/webhooks/:id/secret'],
    summary: 'makes a new secret; for a while what is sent is signed with both',
    input: rotateWebhookSecretCall,
    output: rotatedWebhookSecret,
    dangerous: true,
    cli: {
      name: 'webhook secret',
      operands: ['id'],
      options: { keep: { value: 'HOURS', about: 'how long both sign: 24 if not said, 0 not at all' } },
      input: async ({ id, keep }) => ({ id, ...(keep !== undefined && { keepHours: Number(keep) }) }),
      lines: ({ secret, previousUntil }) =>
        secretLines(secret, previousUntil === null ? [] : ['', `Until ${previousUntil} the former one signs too.`]),
    },
    run: async (parts, asked, by) => {
      const { secret, previousUntil } = await rotateWebhookSecret(parts, asked, by)
      return { secret, previousUntil: timeOrNull(previousUntil) }
    },
  }),
]
