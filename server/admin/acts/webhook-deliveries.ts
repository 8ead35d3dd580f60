// What was sent to a webhook, and what is sent again.
import { timeOrNull, timestamp } from '../../../protocol/login-request.ts'
import {
  type DeliveryView,
  deliveryList,
  listDeliveriesCall,
  replayCall,
  replayed,
  testedWebhook,
  webhookPath,
} from '../../../protocol/operator-api/webhooks.ts'
import { listDeliveries, replay, testWebhook } from '../../webhooks/again.ts'
import type { DeliveryRow } from '../../webhooks/rows.ts'
import { act } from '../act.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

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

const saidOf = ({ status, error }: { status: number | null; error: string | null }) =>
  String(status ?? error ?? 'no answer')

export const webhookDeliveryActs = [
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
