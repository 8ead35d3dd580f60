#!/usr/bin/env node
import { COMMANDS } from './commands.ts'
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  commands: COMMANDS,
  terminal: {
    input: process.stdin,
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  },
})
