// Where a password comes from. Never from an argument: those are shown to everyone on the machine by `ps`.
import { Problem } from '../../protocol/problems.ts'
import type { Room } from './command.ts'
import { readAll, readHidden } from './terminal.ts'

/** Undefined: none was given, and sign-in by password stays impossible. */
export async function askPassword(
  { terminal, json }: Pick<Room, 'terminal' | 'json'>,
  fromInput: boolean,
): Promise<string | undefined> {
  if (fromInput) return (await readAll(terminal.input)).replace(/\r?\n$/, '')
  if (json || !terminal.input.isTTY) return undefined
  const typed = await readHidden(terminal, 'Password (not shown; empty for none):')
  if (typed === '') return undefined
  if ((await readHidden(terminal, 'The same again:')) === typed) return typed
  throw new Problem('invalid', { detail: 'The two passwords differ.' })
}
