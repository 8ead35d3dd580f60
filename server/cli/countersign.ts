#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// What was compiled once is kept beside the packages: a start takes half as long. Not where Node would keep it by itself,
// in a folder for everybody's temporary files: whoever can write there could have this program run what they like.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/countersign'))
const [{ COMMANDS }, { run }] = await Promise.all([import('./commands.ts'), import('./run.ts')])

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  commands: COMMANDS,
  terminal: {
    input: process.stdin,
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  },
})
