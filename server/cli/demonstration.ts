// What `start` adds for somebody who only wants to see it: Harbour to sign in to, and somebody to sign in as.
import { fileURLToPath } from 'node:url'
import type { Assembly } from '../assemble.ts'
import type { Environment } from '../config.ts'
import { type Demo, prepareDemo } from '../demo/seed.ts'
import { startChild } from './child.ts'
import { activationLines } from './enrol.ts'
import { nextFreePort } from './next-free-port.ts'
import { table } from './table.ts'

const HARBOUR_PORT = 8081
const HARBOUR = fileURLToPath(new URL('../demo/harbour.ts', import.meta.url))

export type Demonstration = { lines: string[]; stop(): Promise<void> }

/** Resolves when Harbour answers. */
export async function startDemonstration(parts: Assembly, env: Environment): Promise<Demonstration> {
  const port = await nextFreePort(besides(Number(new URL(parts.publicOrigin).port)), '127.0.0.1')
  const demo = await prepareDemo(parts, `http://localhost:${port}`)
  // Not our own environment: the master key is none of Harbour's business.
  const surroundings = { PATH: env.PATH, NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS }
  const harbour = await startChild(HARBOUR, { ...surroundings, ...demo.harbour })
  return { lines: tour(demo, parts.appOrigin), stop: harbour.stop }
}

/** The port after the server's: people find it again, and demonstrations on one machine don't get in one another's way. */
function besides(port: number): number {
  return port >= 1024 && port < 65_000 ? port + 1 : HARBOUR_PORT
}

function tour({ username, password, enrolment, harbour }: Demo, appOrigin: string): string[] {
  const places = table([
    ['Harbour, a site to sign in to', harbour.HARBOUR_URL],
    ['The authenticator', `${appOrigin}/`],
    ['Sign in as', password === undefined ? username : `${username}, password ${password}`],
  ])
  const link = enrolment
    ? activationLines(username, enrolment)
    : [`${username} has a device. For another: npx countersign enrol ${username}`]
  return ['', ...places.map((line) => `  ${line}`), '', ...link, '']
}
