#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// What was compiled once is kept beside the packages: a start takes half as long. Not where Node would keep it by itself,
// in a folder for everybody's temporary files: whoever can write there could have this program run what they like.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/countersign'))
const words = process.argv.slice(2)
const [commands, { run }] = await Promise.all([commandsFor(words), import('./run.ts')])

process.exitCode = await run(words, {
  env: process.env,
  commands,
  terminal: {
    input: process.stdin,
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  },
})

/** What the other commands need does not hold up the server. */
async function commandsFor([first]: readonly string[]) {
  return first === 'start' ? [(await import('./start.ts')).start] : (await import('./commands.ts')).COMMANDS
}
