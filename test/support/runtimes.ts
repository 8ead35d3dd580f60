// Where servers in JavaScript run beside Node: what test/doors/runtimes names and `node setup.mjs doors` installs.
import { globSync } from 'node:fs'
import { join } from 'node:path'

const MODULES = join(import.meta.dirname, '../../node_modules/.cache/doors-runtimes/node_modules')

/** Each is a package of its own for this machine's kind; the named ones only choose it. */
const program = (path: string): string => {
  const [found] = globSync(path, { cwd: MODULES })
  return join(MODULES, found ?? path)
}

export const DENO = program('@deno/*/deno')
export const BUN = program('@oven/bun-*/bin/bun')
export const WORKERD = program('@cloudflare/workerd-*/bin/workerd')
