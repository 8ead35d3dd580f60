// Which server of the directory is asked: the first that answers, in the order of the configuration.
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'

type Standing = { state: 'reached' | 'failing'; since: number }

/** A server that failed is asked again after this time, or where all have. */
const SPARED_MS = 30_000

export function failover(servers: readonly string[], { clock, log }: { clock: Clock; log: Logger }) {
  const spared = new Map<string, number>()
  const standing = new Map<string, Standing>()

  function inOrder(): string[] {
    const isSpared = (url: string) => (spared.get(url) ?? 0) > clock.now()
    return [...servers.filter((url) => !isSpared(url)), ...servers.filter(isSpared)]
  }

  function note(url: string, state: Standing['state']): void {
    if (standing.get(url)?.state !== state) standing.set(url, { state, since: clock.now() })
  }

  return {
    /** @throws {Problem} directory-unreachable */
    async atFirst<T>(ask: (url: string) => Promise<T>): Promise<T> {
      for (const url of inOrder()) {
        try {
          const answer = await ask(url)
          spared.delete(url)
          note(url, 'reached')
          return answer
        } catch (error) {
          note(url, 'failing')
          spared.set(url, clock.now() + SPARED_MS)
          log.warn({ server: new URL(url).host, err: error }, 'a server of the directory does not answer')
        }
      }
      throw new Problem('directory-unreachable')
    },

    /** In the order of the configuration; `since` in ms. */
    standing: () =>
      servers.map((url) => ({
        server: new URL(url).host,
        ...(standing.get(url) ?? ({ state: 'unasked', since: null } as const)),
      })),
  }
}
