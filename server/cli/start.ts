// `start`: the server, until a signal ends it.
import * as z from 'zod/mini'
import { type Config, readConfig } from '../config.ts'
import { logger } from '../log.ts'
import { type Running, serve } from '../main.ts'
import { firstLink } from '../operators/first-operator.ts'
import { LINK_HOURS } from '../operators/link.ts'
import { afterStart } from './after-start.ts'
import { unwise } from './checks/settings.ts'
import { command, type Room } from './command.ts'
import { untilStopped } from './until-stopped.ts'

export const start = command({
  name: 'start',
  operands: [],
  summary: 'runs the server; says `ready <public origin>` when it answers',
  options: {},
  input: z.object({}),
  run: async (_given, room) => {
    const config = readConfig(room.env)
    const stopped = untilStopped(process, { now: () => performance.now(), atOnce: () => process.exit(1) })
    const log = logger(config.logLevel)
    for (const { detail, remedy } of unwise(config, room.env)) log.warn({}, `${detail} ${remedy}`)
    const server = await serve(config, { log })
    try {
      await runUntil(stopped, { config, server, room })
    } finally {
      await server.close()
    }
    return undefined
  },
})

/** Whoever can read this owns the machine, and so becomes the first owner. */
async function firstLines({ parts }: Running): Promise<string[]> {
  const link = await firstLink(parts)
  if (!link) return []
  return [
    `Nobody runs this installation yet. This link, good once and for ${LINK_HOURS} hours, makes you its owner:`,
    '',
    `  ${link.signInUrl}`,
    '',
  ]
}

/** The line with `ready` is for scripts too, so it stands alone and comes when all else is there. */
async function runUntil(
  stopped: Promise<void>,
  { config, server, room }: { config: Config; server: Running; room: Room },
): Promise<void> {
  const demonstration = config.demo ? await demonstrated(server, room) : undefined
  if (!room.json)
    for (const line of [...(demonstration?.lines ?? []), ...(await firstLines(server))]) room.terminal.print(line)
  room.terminal.print(`ready ${server.origin}`)
  afterStart(server.parts)
  await stopped
  await demonstration?.stop()
}

async function demonstrated({ parts }: Running, { env }: Room) {
  return (await import('./demonstration.ts')).startDemonstration(parts, env)
}
