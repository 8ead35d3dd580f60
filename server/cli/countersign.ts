// The program, by whatever command it is called.
import type { Command } from './command.ts'

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
async function commandsFor([first]: readonly string[]): Promise<readonly Command[]> {
  return first === 'start' ? [(await import('./start.ts')).start] : (await import('./commands.ts')).COMMANDS
}
