// /metrics, on an address of its own: what is told there is for the organisation's own Prometheus.
import { createServer } from 'node:http'
import type { ListenAddress } from '../config-values.ts'
import type { Logger } from '../log.ts'
import type { Meters } from './meters.ts'

type Needs = { log: Logger; stopping: AbortSignal }

/** Resolves when it listens, and ends when the server stops. @throws where the address is taken */
export async function serveMetrics(at: ListenAddress, meters: Meters, { log, stopping }: Needs): Promise<void> {
  const server = createServer(async (incoming, outgoing) => {
    incoming.resume()
    if (incoming.url !== '/metrics') return void outgoing.writeHead(404).end()
    if (incoming.method !== 'GET') return void outgoing.writeHead(405, { Allow: 'GET' }).end()
    try {
      const text = await meters.text()
      outgoing.writeHead(200, { 'Content-Type': meters.contentType, 'Cache-Control': 'no-store' }).end(text)
    } catch (error) {
      log.error({ err: error }, 'metrics could not be read')
      outgoing.writeHead(500).end()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.host, resolve)
  })
  const end = () => {
    server.close()
    server.closeAllConnections()
  }
  stopping.addEventListener('abort', end, { once: true })
}
