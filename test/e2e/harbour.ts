// Harbour as a relying party of an installation: a process and an origin of its own, which knows an issuer and a secret.
import { fileURLToPath } from 'node:url'
import { startChild } from '../../server/cli/child.ts'
import type { HarbourEnvironment } from '../../server/demo/harbour/environment.ts'
import { freePort } from '../support/free-port.ts'
import type { Installation } from './installation.ts'

const PROGRAM = fileURLToPath(new URL('../../server/demo/harbour.ts', import.meta.url))

export interface Harbour extends AsyncDisposable {
  origin: string
}

export async function startHarbour({ command, publicOrigin }: Installation): Promise<Harbour> {
  const origin = `http://localhost:${await freePort()}`
  const client = await command<{ clientId: string; clientSecret: string }>([
    'app',
    'add',
    'Harbour',
    '--redirect-uri',
    `${origin}/callback`,
  ])
  const environment: HarbourEnvironment = {
    HARBOUR_URL: origin,
    ISSUER: `${publicOrigin}/oidc`,
    CLIENT_ID: client.clientId,
    CLIENT_SECRET: client.clientSecret,
  }
  const child = await startChild(PROGRAM, { ...environment })
  return { origin, [Symbol.asyncDispose]: child.stop }
}
