// `start`: the server, until a signal ends it.
import * as z from 'zod/mini'
import { readConfig } from '../config.ts'
import { logger } from '../log.ts'
import { serve } from '../main.ts'
import { command } from './command.ts'
import { untilStopped } from './until-stopped.ts'

export const start = command({
  name: 'start',
  operands: [],
  summary: 'runs the server; says `ready <public origin>` when it answers',
  options: {},
  input: z.object({}),
  run: async (_given, { env, terminal }) => {
    const config = readConfig(env)
    const log = logger(config.logLevel)
    const stopped = untilStopped(process, { now: () => performance.now(), atOnce: () => process.exit(1) })
    const server = await serve(config, { log })
    terminal.print(`ready ${server.origin}`)
    await stopped
    await server.close()
    return undefined
  },
})
