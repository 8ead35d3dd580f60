// The plaintext of a push: a Declarative Web Push document that also serves the service worker.
import * as z from 'zod/mini'
import { deviceRequest } from './device-api.ts'
import { requestId } from './ids.ts'
import { requestState } from './login-request.ts'
import { notice } from './notices.ts'

/** RFC 8291 §4 leaves this much of a 4,096 byte message to the plaintext. */
export const MAX_PLAINTEXT = 3993

export const pushContent = z.discriminatedUnion('kind', [
  z.object({ v: z.literal(1), kind: z.literal('login-request'), request: deviceRequest }),
  z.object({ v: z.literal(1), kind: z.literal('settled'), request: z.object({ id: requestId, state: requestState }) }),
  z.object({ v: z.literal(1), kind: z.literal('notice'), notice }),
  z.object({ v: z.literal(1), kind: z.literal('test') }),
])
export type PushContent = z.infer<typeof pushContent>

export type PushDocument = {
  web_push: 8030
  mutable: true
  app_badge: number
  notification: {
    title: string
    body: string
    navigate: string
    tag: string
    lang: string
    dir: 'auto' | 'ltr' | 'rtl'
    silent: false
    mutable: true
    app_badge: number
    /** what a worker finds where the push event itself carries no data (Safari) */
    data: { v: 1; kind: PushContent['kind']; id: string }
  }
  countersign: PushContent
}
