// A port that can't be had, said by the variable that names it.
import { Problem } from '../protocol/problems.ts'

const WHY: Record<string, string> = {
  EADDRINUSE: 'it is taken on this machine. Stop what uses it, or name another port',
  EADDRNOTAVAIL: 'it is no address of this machine',
  EACCES: 'this user may not listen there. Name a port above 1023',
}

/** @param at host and port @returns what throws a {Problem} unavailable for what went wrong */
export function notListening(name: string, at: string) {
  return (error: NodeJS.ErrnoException): never => {
    throw new Problem('unavailable', { detail: `${name} can’t listen at ${at}: ${whyNotListening(error)}.` })
  }
}

/** Without a full stop. */
export function whyNotListening({ code, message }: NodeJS.ErrnoException): string {
  if (code?.startsWith('ERR_OSSL')) return `its certificate, key or authority can’t be used (${message})`
  return WHY[code ?? ''] ?? message
}
