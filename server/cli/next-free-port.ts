import { createServer } from 'node:net'

const MOST_TRIED = 100

/** The first port from this one on that nobody listens on. */
export async function nextFreePort(from: number, host: string): Promise<number> {
  for (let port = from; port < from + MOST_TRIED; port++) if (await isFree(port, host)) return port
  throw new Error(`All ports from ${from} to ${from + MOST_TRIED - 1} are taken`)
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
