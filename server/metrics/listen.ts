// /metrics, on an address of its own: what is told there is for the organisation's own Prometheus.
import { createServer } from 'node:http'
import type { Clock } from '../clock.ts'
import type { ListenAddress } from '../config-values.ts'
import type { Logger } from '../log.ts'
import { boundConnections } from '../overload/connections.ts'
import { toldSeldom } from '../overload/told.ts'
import type { Meters } from './meters.ts'

/** Of the files that the process keeps for itself. */
const MOST_CONNECTIONS = 32

type Needs = { clock: Clock; log: Logger; stopping: AbortSignal }

/** Resolves when it listens, and ends when the server stops. @throws where the address is taken */
export async function serveMetrics(at: ListenAddress, meters: Meters, needs: Needs): Promise<void> {
  const { log, stopping } = needs
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
  const tell = toldSeldom(needs, { most: MOST_CONNECTIONS }, 'metrics are read on as many connections as may be')
  boundConnections(server, { most: MOST_CONNECTIONS, closed: (who) => tell({ who }) })
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
