import { expect, test } from 'vitest'
import { OFFLINE, problem } from '../../test/support/device/fake-server.ts'
import { anInstallation, aRequest, type Installation } from '../../test/support/device/installation.ts'
import { cachedRequests } from './requests.ts'
import { type Watched, watchRequests } from './watch.ts'

const event = `event: requests\ndata: ${JSON.stringify({ requests: [aRequest()] })}\n\n`
const GIVEN = { kind: 'requests', requests: [aRequest()] }

/** A stream that says this, and stays open until it is ended. */
function stream(...pieces: string[]) {
  let end = () => undefined as unknown
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      end = () => controller.close()
    },
  })
  return { response: () => new Response(body), end: () => void end() }
}

function watching({ device, clock }: Installation) {
  const stop = new AbortController()
  const watched = watchRequests(device, stop.signal)
  const next = async (): Promise<Watched | undefined> => (await watched.next()).value ?? undefined
  /** The next after the pause, or the silence, that comes before it. */
  const nextAfter = async (ms: number) => {
    const coming = next()
    await clock.whenWaiting()
    await clock.advance(ms)
    return coming
  }
  return { next, nextAfter, stop: () => stop.abort() }
}

test('requests are given as they come, and kept; stopping ends it quietly', async () => {
  const installation = await anInstallation()
  installation.server.answers(stream(': hello\n\n', event).response)
  const { next, stop } = watching(installation)
  expect(await next()).toEqual(GIVEN)
  expect(await cachedRequests(installation.device)).toEqual([aRequest()])
  const last = next()
  stop()
  expect(await last).toBeUndefined()
})

test('a stream that the server ended is made anew, with a fresh proof and without alarm', async () => {
  const installation = await anInstallation()
  const { server } = installation
  const first = stream(event)
  server.answers(first.response, stream(event).response)
  const { next, nextAfter, stop } = watching(installation)
  expect(await next()).toEqual(GIVEN)
  first.end()
  expect(await nextAfter(1_000)).toEqual(GIVEN)
  const proofs = server.asked.map(({ headers }) => headers.get('DPoP'))
  expect(proofs).toHaveLength(2)
  expect(proofs[0]).not.toBe(proofs[1])
  stop()
})

test('an unreachable server is tried again after 1 to 30 seconds, growing', async () => {
  const installation = await anInstallation()
  installation.server.otherwise(OFFLINE)
  const { next, nextAfter, stop } = watching(installation)
  const waits: number[] = []
  for (let seen = await next(); waits.length < 8; seen = await nextAfter(waits.at(-1) ?? 0))
    waits.push(seen?.kind === 'unreachable' ? seen.retryInMs : 0)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
  expect(waits.at(-1)).toBeGreaterThanOrEqual(15_000)
  stop()
})

test('a server that has nothing to say is not asked every second', async () => {
  const installation = await anInstallation()
  installation.server.otherwise(() => new Response(': nothing\n\n'))
  const { next, nextAfter, stop } = watching(installation)
  const waits: number[] = []
  for (let seen = await next(); waits.length < 8; seen = await nextAfter(waits.at(-1) ?? 0))
    waits.push(seen?.kind === 'nothing' ? seen.retryInMs : 0)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
  expect(waits.at(-1)).toBeGreaterThanOrEqual(15_000)
  stop()
})

test('a stream that goes silent counts as broken', async () => {
  const installation = await anInstallation()
  installation.server.answers(stream(event).response)
  const { next, nextAfter, stop } = watching(installation)
  expect(await next()).toEqual(GIVEN)
  expect(await nextAfter(45_000)).toMatchObject({ kind: 'unreachable' })
  stop()
})

test('a removed device stops watching', async () => {
  const installation = await anInstallation()
  installation.server.otherwise(problem('unknown-device', 401))
  await expect(watching(installation).next()).rejects.toMatchObject({ slug: 'unknown-device' })
})

test('what is not a list of requests is not believed', async () => {
  const installation = await anInstallation()
  installation.server.answers(stream('event: requests\ndata: {"requests":[{"id":"x"}]}\n\n').response)
  const { next, stop } = watching(installation)
  expect(await next()).toMatchObject({ kind: 'unreachable' })
  stop()
})
