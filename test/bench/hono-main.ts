// The measure beside which our calls are timed: an empty POST through the same libraries, in a process of its own.
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/', (c) => c.body(null, 204))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
  process.send?.({ origin: `http://localhost:${port}` })
})
// The parent is gone, or has seen enough.
process.on('disconnect', () => process.exit())
