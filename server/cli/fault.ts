// What went wrong, told to the person who runs the command: they own the machine, so defects are shown too.
import { Problem, type ProblemSlug } from '../../protocol/problems.ts'
import { OtherMasterKey } from '../store/sealer.ts'

type SystemError = Error & { code?: string; port?: number; address?: string; path?: string; hostname?: string }

/** What the system says by code, as a sentence and a way out. */
const SYSTEM: Record<string, [ProblemSlug, (error: SystemError) => string]> = {
  EADDRINUSE: [
    'unavailable',
    ({ port }) => `Port ${port} is taken on this machine: set PORT to another, or stop what uses it.`,
  ],
  EADDRNOTAVAIL: ['invalid', () => 'HOST is not an address of this machine.'],
  EACCES: [
    'unavailable',
    ({ path, port }) =>
      path
        ? `${path} may not be used: change its owner or its mode.`
        : `Port ${port} may not be used by this user: set PORT above 1023.`,
  ],
  EROFS: [
    'unavailable',
    ({ path }) => `${path ?? 'The data folder'} can’t be written to: set COUNTERSIGN_DATA to another folder.`,
  ],
  ENOSPC: ['unavailable', () => 'The disk is full.'],
  ENOTDIR: ['invalid', ({ path }) => `${path} is not a folder and can’t become one.`],
  ENOENT: ['invalid', ({ path }) => `${path} does not exist.`],
  ECONNREFUSED: ['unavailable', () => 'PostgreSQL does not answer at the address in DATABASE_URL or --to.'],
  ENOTFOUND: ['unavailable', ({ hostname }) => `${hostname}, named in HOST, DATABASE_URL or --to, is not known.`],
  '28P01': ['unavailable', () => 'PostgreSQL refuses the user name or password in DATABASE_URL or --to.'],
  '42501': ['unavailable', () => 'PostgreSQL does not let this user make tables: make it the owner of the database.'],
  '3D000': ['unavailable', () => 'PostgreSQL has no database of the name in DATABASE_URL or --to.'],
}

const OTHER_MASTER_KEY =
  'The secrets in the store were sealed under another master key: bring back the one that was in use, as master.key or COUNTERSIGN_MASTER_KEY. Without it nothing can be done with this store.'

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (!(error instanceof Error)) return new Problem('internal', { detail: String(error) })
  if (error instanceof OtherMasterKey) return new Problem('invalid', { detail: OTHER_MASTER_KEY })
  const system = error as SystemError
  const [slug, sentence] = SYSTEM[system.code ?? ''] ?? []
  if (slug && sentence) return new Problem(slug, { detail: sentence(system) })
  return new Problem('internal', { detail: error.message || system.code || error.name })
}

/** For people: what is wrong where, or else the sentence. */
export function complaint(problem: Problem): string[] {
  const errors = Object.entries((problem.members.errors ?? {}) as Record<string, string>)
  if (errors.length === 0) return [problem.message]
  return errors.map(([pointer, text]) => {
    const name = pointer.slice(1)
    return text.startsWith(name) ? text : `${name} ${text}`
  })
}
