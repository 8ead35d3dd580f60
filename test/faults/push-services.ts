// Push services that are slow, never answer, refuse with 429, break connections, show a wrong certificate, or know a
// subscription no more: people whose push does not come look on their phones themselves, and nobody waits for them.

import { startTlsServer } from '../support/tls-server.ts'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { type Harm, type Report, underLoad } from './under-load.ts'

export const pushServices: Fault = {
  name: 'push services slow, half-open, 429, reset, wrong TLS, gone',
  engines: ['sqlite', 'postgres'],
  run: ({ databaseUrl, quick }) => withBadPushServices({ databaseUrl, several: quick ? 10 : 60 }),
}

/** @param several how many sign in under each fault */
export async function withBadPushServices({
  databaseUrl,
  people,
  several,
  ...frame
}: { databaseUrl?: string | undefined; people?: number; several: number } & Omit<Harm, 'harm'>): Promise<Report> {
  const wrong = await startTlsServer({ names: ['wrong.example'] }, async (_request, response) => {
    response.writeHead(201).end()
  })
  try {
    await using installation = await Installation.open({
      databaseUrl,
      ...(people !== undefined && { people }),
      pushOrigin: (index) => (index % 4 === 0 ? wrong.origin : undefined),
    })
    await installation.start()
    const { push } = installation
    return await underLoad(installation, {
      ...frame,
      isUndeliverable: true,
      harm: async (load) => {
        for (const fault of [
          { delay: 4000 },
          { hang: true },
          { status: 429, headers: { 'retry-after': '2' } },
          { status: 503 },
          { reset: true },
        ]) {
          push.faults.push(...Array.from({ length: several }, () => fault))
          await load.more(several)
        }
        push.faults.length = 0
        for (const { endpoint } of installation.subscriptions.filter((_one, index) => index % 4 === 1))
          push.gone(endpoint)
        await load.more(several)
        return `${several} pushes each: 4 s late, never answered, 429, 503, reset; a quarter of the phones behind a wrong certificate throughout, a quarter gone`
      },
    })
  } finally {
    await wrong.stop()
  }
}
