// Connections beyond what the process has files for are closed unheard: those that it needs itself, to push and to reach
// its store, must be there.
import type { Server } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { toldSeldom } from './told.ts'

export function boundConnections(server: Server, most: number, needs: { clock: Clock; log: Logger }): void {
  server.maxConnections = most
  const tell = toldSeldom(needs, { most }, 'this server has as many connections as it may: others are closed')
  server.on('drop', () => tell())
}
