// Runs a push service as a process of its own: `push-service-main.ts [--count] [--port N]`, ends with SIGTERM.
import { parseArgs } from 'node:util'
import { startPushCounter } from './push-counter.ts'
import { startPushService } from './push-service.ts'

const { values } = parseArgs({
  options: { count: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } },
})
const start = values.count ? startPushCounter : startPushService
const service = await start({ port: Number(values.port) })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // The certificate's folder is removed at exit, which a signal alone would skip.
  process.once(signal, () => process.exit(0))
}
process.stdout.write(`${JSON.stringify({ origin: service.origin, caPath: service.caPath })}\n`)
