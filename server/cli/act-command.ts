// Commands from the definitions of acts: whoever has a shell on the server owns the installation.
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Act } from '../admin/act.ts'
import { authorise } from '../admin/authorise.ts'
import type { Given } from '../admin/typed/option.ts'
import type { Command } from './command.ts'

const NOBODY = { keep: () => {}, forget: () => {} }

/** @returns none for an act that is not for the command line */
export function commandOf(act: Act): Command[] {
  const { cli } = act
  if (!cli) return []
  const { name, operands, options = {} } = cli
  return [
    {
      name,
      operands,
      summary: act.summary,
      options,
      run: (given, room) =>
        room.withParts(async (parts) => {
          const actor = { kind: 'command-line' as const, id: null, name: 'command line', role: 'owner' as const }
          const call = {
            actor: { ...actor, act: act.name },
            session: undefined,
            from: { address: '', client: '' },
            browser: NOBODY,
            isGone: () => false,
          }
          authorise(act, call, parts.clock.now())
          const input = await (cli.input?.(given, parts) ?? named(given))
          const output = await act.run(parts, parseOrRefuse(act.input, input), call)
          const json = cli.json?.(output) ?? (output as Record<string, unknown> | undefined) ?? { ok: true }
          return { json, lines: cli.lines(output, given) }
        }),
    },
  ]
}

/** `expires-in` as `expiresIn`. */
function named(given: Given): Record<string, unknown> {
  const camel = (name: string) => name.replace(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]))
}
