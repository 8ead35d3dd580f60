// What travels with each call on its way through the edge.
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { ApplicationRow } from '../applications/rows.ts'
import type { DeviceRow } from '../devices/device-rows.ts'
import type { Authenticated } from '../operators/authenticated.ts'

/** What a line in the log says of it. */
export type AboutCall = { call: string; method: string; path: string }

export type Env = {
  Bindings: HttpBindings | undefined
  Variables: {
    callId: string
    /** says in the log what a call ended by that has been answered already */
    ended: (error: unknown, about: AboutCall) => unknown
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
