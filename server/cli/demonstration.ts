// What `start` adds for somebody who only wants to see it: Harbour to sign in to, and somebody to sign in as.
import { fileURLToPath } from 'node:url'
import type { Assembly } from '../assemble.ts'
import type { Environment } from '../config.ts'
import { type Demo, prepareDemo } from '../demo/seed.ts'
import { startChild } from './child.ts'
import { qrLines } from './enrol.ts'
import { nextFreePort } from './next-free-port.ts'

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

/** What is tall stands above the steps, so that all of them are in sight. */
function tour({ username, password, enrolment, harbour }: Demo, appOrigin: string): string[] {
  const who = password === undefined ? username : `${username}, password ${password}`
  const steps = [
    ...(enrolment ? [[becomesDevice(username), enrolment.activationUrl]] : []),
    [enrolment ? 'Let it send notifications. From then on its app is at' : hasDevice(username), `${appOrigin}/`],
    [`Sign in as ${who}, at Harbour:`, harbour.HARBOUR_URL],
  ]
  const numbered = steps.flatMap(([what, where], index) => [`  ${index + 1}  ${what}`, `     ${where}`])
  return [...(enrolment ? qrLines(enrolment.activationUrl) : []), '', ...numbered, '']
}

const becomesDevice = (username: string) =>
  `Open this link, once, in a browser (or scan the code above): that makes it a device of ${username}.`

const hasDevice = (username: string) =>
  `${username} has a device; for another: npx countersign enrol ${username}. Its app is at`
