// Where the organisation is told what happened, as Standard Webhooks describes it.
import { timeOrNull, timestamp } from '../../../protocol/login-request.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import {
  addedWebhook,
  addWebhookCall,
  type DeliveryView,
  deliveryList,
  editWebhookCall,
  listDeliveriesCall,
  replayCall,
  replayed,
  rotatedWebhookSecret,
  rotateWebhookSecretCall,
  testedWebhook,
  type WebhookView,
  webhookList,
  webhookPath,
  webhookView,
} from '../../../protocol/operator-api/webhooks.ts'
import type { Assembly } from '../../assemble.ts'
import { deliveryCounts, listDeliveries, replay, testWebhook } from '../../webhooks/again.ts'
import { kindsOf } from '../../webhooks/fan-out.ts'
import { allWebhooks, type DeliveryRow, type WebhookRow } from '../../webhooks/rows.ts'
import { addWebhook, editWebhook, knownWebhook, removeWebhook, rotateWebhookSecret } from '../../webhooks/webhooks.ts'
import { act } from '../act.ts'
import { CURSOR, more } from '../typed/paging.ts'
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

function deliveryOf(row: DeliveryRow): DeliveryView {
  return {
    id: row.id as DeliveryView['id'],
    event: row.event_id,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    createdAt: timestamp(row.created_at),
    dueAt: row.state === 'waiting' ? timestamp(row.due_at) : null,
    finishedAt: timeOrNull(row.finished_at),
    status: row.status,
    error: row.error,
  }
}

const secretLines = (secret: string, more: string[] = []) => [
  'Secret. It is shown here only:',
  '',
  `  ${secret}`,
  ...more,
]
const saidOf = ({ status, error }: { status: number | null; error: string | null }) =>
  String(status ?? error ?? 'no answer')

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
  act({
    name: 'webhooks.test',
    http: ['POST', '/webhooks/:id/test'],
    summary: 'sends a harmless event, once and at once, and tells what the receiver said',
    helps: true,
    input: webhookPath,
    output: testedWebhook,
    cli: {
      name: 'webhook test',
      operands: ['id'],
      lines: (tested) => [`${tested.accepted ? 'Accepted' : 'Not accepted'}: ${saidOf(tested)}, ${tested.ms} ms.`],
    },
    run: (parts, { id }) => testWebhook(parts, id),
  }),
  act({
    name: 'webhooks.deliveries',
    http: ['GET', '/webhooks/:id/deliveries'],
    summary: 'shows what was sent to a webhook, newest first, fifty at a time',
    input: listDeliveriesCall,
    output: deliveryList,
    cli: {
      name: 'webhook deliveries',
      operands: ['id'],
      options: {
        state: { value: 'waiting|delivered|failed', about: 'only those' },
        cursor: CURSOR,
      },
      lines: ({ deliveries, next }) => [
        ...(deliveries.length === 0
          ? ['None.']
          : table(
              deliveries.map((one) => [
                one.createdAt,
                one.kind,
                one.state,
                one.attempts === 0 ? '' : saidOf(one),
                one.dueAt === null ? '' : `next try ${one.dueAt}`,
                one.id,
              ]),
            )),
        ...more(next),
      ],
    },
    run: async (parts, asked) => {
      const { rows, next } = await listDeliveries(parts, asked)
      return { deliveries: rows.map(deliveryOf), next }
    },
  }),
  act({
    name: 'webhooks.replay',
    http: ['POST', '/webhooks/:id/replay'],
    summary: 'sends a delivery again, or what was given up, or all of a time; events keep their ids',
    helps: true,
    input: replayCall,
    output: replayed,
    cli: {
      name: 'webhook replay',
      operands: ['id'],
      options: {
        delivery: { value: 'ID', about: 'only this one' },
        since: { value: 'TIME', about: 'only what happened since: 2026-01-31T09:00:00Z' },
        until: { value: 'TIME', about: 'only what happened before' },
        delivered: { about: 'what was delivered too, not only what was given up' },
      },
      lines: ({ deliveries }) => [`${deliveries} to be sent again.`],
    },
    run: async (parts, { since, until, ...asked }, by) => {
      const from = since === undefined ? {} : { since: Date.parse(since) }
      const to = until === undefined ? {} : { until: Date.parse(until) }
      return { deliveries: await replay(parts, { ...asked, ...from, ...to }, by) }
    },
  }),
]
