// Runs one command line and says how it went: exit code 0, or 1 with a problem.
import { Problem } from '../../protocol/problems.ts'
import { type Assembly, assemble } from '../assemble.ts'
import { type Environment, originsOf, readConfig } from '../config.ts'
import { logger } from '../log.ts'
import { readArguments, type Wanted } from './arguments.ts'
import type { Command, Outcome } from './command.ts'
import { complaint, problemOf } from './fault.ts'
import { helpFor, helpOn, overview } from './help.ts'
import { refuseNowhere } from './nowhere.ts'
import type { Terminal } from './terminal.ts'

/** @returns the exit code */
export async function run(
  words: readonly string[],
  { env, terminal, commands }: { env: Environment; terminal: Terminal; commands: readonly Command[] },
): Promise<number> {
  // Asked for before the words are understood, so that what is not understood is told in JSON too.
  const json = words.includes('--json')
  try {
    const outcome = await outcomeOf(readArguments(words, commands), { env, terminal, commands })
    if (!outcome) return 0
    for (const line of json ? [JSON.stringify(outcome.json)] : outcome.lines) terminal.print(line)
    return outcome.ok === false ? 1 : 0
  } catch (error) {
    const problem = problemOf(error)
    for (const line of json ? [JSON.stringify(problem.document())] : complaint(problem)) terminal.complain(line)
    if (problem.slug === 'internal' && !json && error instanceof Error) terminal.complain(error.stack ?? '')
    return 1
  }
}

async function outcomeOf(
  { command, topic, given, json, help }: Wanted,
  { env, terminal, commands }: { env: Environment; terminal: Terminal; commands: readonly Command[] },
): Promise<Outcome | undefined> {
  if (topic) return { json: { commands: topic.map(aboutOf) }, lines: helpOn(topic) }
  if (!command) return { json: { commands: commands.map(aboutOf) }, lines: overview(commands) }
  if (help) return { json: aboutOf(command), lines: helpFor(command) }
  return command.run(given, { env, terminal, json, withParts: (work) => withParts({ env, json }, work) })
}

function aboutOf({ name, operands, summary, options }: Command) {
  return { name, operands, summary, options }
}

/** Without the server's background work: another process may be doing it. */
async function withParts<T>(
  { env, json }: { env: Environment; json: boolean },
  work: (parts: Assembly) => Promise<T>,
): Promise<T> {
  const config = readConfig(env)
  if (config.url === undefined && config.port === 0) {
    throw new Problem('invalid', {
      detail: 'PORT=0 leaves the public origin open: set PORT to the one that the server listens on.',
    })
  }
  refuseNowhere(config)
  // With --json, stderr holds one problem document or nothing.
  const log = logger(json ? 'silent' : 'warn')
  const parts = await assemble(config, originsOf(config, config.port), { log })
  try {
    return await work(parts)
  } finally {
    parts.stop()
    await parts.outbound.close()
    await parts.store.close()
  }
}
