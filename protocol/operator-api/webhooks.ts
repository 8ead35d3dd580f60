// /admin/v1/webhooks: where the organisation is told what happened.
import * as z from 'zod/mini'
import { deliveryId, webhookId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { cursor } from './cursor.ts'

const time = z.nullable(timestampSchema)

export const webhookView = z.object({
  id: webhookId,
  name: z.string(),
  url: z.string(),
  /** empty: every security event; '*': the whole audit log */
  kinds: z.array(z.string()),
  /** 'failed': switched off after it had failed for three days, or had said that it wants nothing more */
  state: z.enum(['on', 'off', 'failed']),
  failingSince: time,
  /** what is sent is signed with the secret before this one too, until then */
  previousSecretUntil: time,
  /** how many deliveries wait, and how many were given up */
  waiting: z.int(),
  failed: z.int(),
  createdAt: timestampSchema,
  version: z.int(),
})
export type WebhookView = z.infer<typeof webhookView>

export const webhookList = z.object({ webhooks: z.array(webhookView) })
export type WebhookList = z.infer<typeof webhookList>

export const webhookPath = z.object({ id: webhookId })

export const addWebhookCall = z.object({
  name: z.string(),
  url: z.string(),
  kinds: z._default(z.array(z.string()), []),
})

/** The secret is told once. */
export const addedWebhook = z.object({ webhook: webhookView, secret: z.string() })
export type AddedWebhook = z.infer<typeof addedWebhook>

export const editWebhookCall = z.object({
  id: webhookId,
  version: z.int(),
  name: z.optional(z.string()),
  url: z.optional(z.string()),
  kinds: z.optional(z.array(z.string())),
  state: z.optional(z.enum(['on', 'off'])),
})

export const rotateWebhookSecretCall = z.object({
  id: webhookId,
  /** how long what is sent is signed with the former secret too */
  keepHours: z._default(z.int().check(z.minimum(0), z.maximum(720)), 24),
})
export const rotatedWebhookSecret = z.object({ secret: z.string(), previousUntil: time })
export type RotatedWebhookSecret = z.infer<typeof rotatedWebhookSecret>

export const testedWebhook = z.object({
  accepted: z.boolean(),
  /** null: there was no answer */
  status: z.nullable(z.int()),
  error: z.nullable(z.string()),
  ms: z.int(),
})
export type TestedWebhook = z.infer<typeof testedWebhook>

const deliveryState = z.enum(['waiting', 'delivered', 'failed'])

export const listDeliveriesCall = z.object({
  id: webhookId,
  state: z.optional(deliveryState),
  cursor,
})

const deliveryView = z.object({
  id: deliveryId,
  /** `webhook-id`: the same at each try */
  event: z.string(),
  kind: z.string(),
  state: deliveryState,
  attempts: z.int(),
  createdAt: timestampSchema,
  /** of the next try, while it waits */
  dueAt: time,
  finishedAt: time,
  status: z.nullable(z.int()),
  error: z.nullable(z.string()),
})
export type DeliveryView = z.infer<typeof deliveryView>

export const deliveryList = z.object({ deliveries: z.array(deliveryView), next: z.nullable(z.string()) })
export type DeliveryList = z.infer<typeof deliveryList>

export const replayCall = z.object({
  id: webhookId,
  /** this one; absent: all that were given up */
  delivery: z.optional(deliveryId),
  /** only what happened since then, and before then */
  since: z.optional(timestampSchema),
  until: z.optional(timestampSchema),
  /** what was delivered too: needs `since` */
  delivered: z._default(z.boolean(), false),
})
export const replayed = z.object({ deliveries: z.int() })
