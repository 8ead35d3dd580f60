import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { startTlsServer } from '../../test/support/tls-server.ts'
import { certificateOf, watchCertificate } from './certificate.ts'

it('a certificate is read whoever has signed it, and its days are told from what was seen last', async () => {
  const server = await startTlsServer({ names: ['localhost'] }, async (_request, response) => void response.end())
  try {
    const { certificate } = await certificateOf('localhost', server.port)
    const until = Date.parse(certificate.valid_to)
    const clock = new ManualClock(new Date(until - 30.5 * 86_400_000).toISOString())
    let looks = 0
    let seen = Promise.withResolvers<void>()
    const watch = watchCertificate({ clock, origin: server.origin }, async () => {
      looks += 1
      queueMicrotask(seen.resolve)
      if (looks > 1) throw new Error('no answer')
      return { certificate, fault: undefined }
    })
    expect(watch.daysLeft()).toBeNull()
    await seen.promise
    expect(watch.daysLeft()).toBe(30)
    await clock.advance(3_599_000)
    expect([watch.daysLeft(), looks]).toEqual([30, 1])
    seen = Promise.withResolvers<void>()
    await clock.advance(1000)
    watch.daysLeft()
    await seen.promise
    expect([watch.daysLeft(), looks]).toEqual([null, 2])
  } finally {
    await server.stop()
  }
})

it('where there is no TLS nothing is asked', () => {
  const never = () => Promise.reject(new Error('asked'))
  const watch = watchCertificate({ clock: new ManualClock(), origin: 'http://localhost:3000' }, never)
  expect(watch.daysLeft()).toBeNull()
})
