// Runs a push service as a process of its own: `push-service-main.ts [--count] [--port N]`.
import { parseArgs } from 'node:util'
import { startPushCounter } from './push-counter.ts'
import { startPushService } from './push-service.ts'

const { values } = parseArgs({
  options: { count: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } },
})
const start = values.count ? startPushCounter : startPushService
const service = await start({ port: Number(values.port) })
process.stdout.write(`${JSON.stringify({ origin: service.origin, caPath: service.caPath })}\n`)
