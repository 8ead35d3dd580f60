// What travels with each call on its way through the edge.
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { ApplicationRow } from '../applications/rows.ts'
import type { DeviceRow } from '../devices/rows.ts'
import type { Authenticated } from '../operators/authenticated.ts'

export type Env = {
  Bindings: HttpBindings | undefined
  Variables: {
    callId: string
    /** at most 64 KiB, read before anything else is done */
    body: Uint8Array<ArrayBuffer>
    application: ApplicationRow
    device: DeviceRow
    /** undefined before a session has begun */
    operator: Authenticated | undefined
  }
}

export type Call = Context<Env>
export type Middleware = MiddlewareHandler<Env>
