// What Microsoft says is waited for, and not for ever.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/clock.ts'
import { openOutbound } from '../../push/outbound.ts'
import { HintRefused, hintReader } from './hint.ts'

const TENANT = '9122040d-6c67-4c5b-b112-36a304b66dad'

it.each(['nothing at all', 'half of an answer'])(
  'a Microsoft that says %s is waited for five seconds',
  async (what) => {
    const silent = createServer((_asked, answer) => {
      if (what === 'half of an answer') answer.writeHead(200, { 'content-type': 'application/json' }).write('{"iss')
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const clock = new ManualClock()
    const outbound = openOutbound({
      allowedOrigins: [origin],
      lookup: async () => [],
      httpsProxy: undefined,
      noProxy: undefined,
    })
    try {
      const asked = once(silent, 'request')
      const read = hintReader({ outbound, clock })('a.b.c', { origin, tenant: TENANT, application: 'a', clientId: 'b' })
      const refused = expect(read).rejects.toBeInstanceOf(HintRefused)
      await asked
      await clock.advance(5000)
      await refused
      expect(clock.waiting).toBe(0)
    } finally {
      silent.closeAllConnections()
      silent.close()
      await outbound.close()
    }
  },
)
