// Following a request to its end: by a stream of events where one comes through, else by asking again and again.
import { readEvents } from '../../protocol/event-stream.ts'
import { isPassing, Tries } from './again.ts'
import { UnreachableError } from './errors.ts'
import { call, faultOf, Limit, type Needs, objectOf, send } from './send.ts'
import type { LoginRequestState } from './types.ts'

type Followed = { id: string; secret: string; since: number; signal: AbortSignal | undefined }
type States = AsyncGenerator<LoginRequestState, void, undefined>

/** Seconds; less than what proxies commonly allow a call. */
const ONE_WAIT = 25

/** So many that brought nothing new, in a row, and streams are given up. */
const MOST_STREAMS = 3

/** A stream that never spoke: something between keeps back what it says, or lets none through. */
class Mute extends UnreachableError {}

/** @throws {ProblemError} @throws {UnreachableError} when patience is at its end @throws the reason of `signal` */
export async function* follow(needs: Needs, { id, secret, since, signal }: Followed): States {
  const tries = new Tries(needs)
  let seen = since
  let open: typeof stream = stream
  for (;;) {
    try {
      for await (const now of open(needs, { id, secret, since: seen, signal })) {
        if (typeof now.version !== 'number') throw new UnreachableError('What answered is not Countersign')
        const isFinal = now.state !== 'pending'
        const isNew = now.version > seen
        tries.heard(isNew)
        if (isNew || isFinal) yield now
        if (isFinal) return
        seen = Math.max(seen, now.version)
      }
      throw new UnreachableError('The stream ended early')
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof Mute || tries.failed === MOST_STREAMS) open = polls
      if (!(error instanceof Mute)) await tries.after(error, signal)
    }
  }
}

async function* stream(needs: Needs, { id, secret, signal }: Followed): States {
  const limit = new Limit(signal)
  limit.allow(needs.timing.firstWord)
  let isMute = true
  try {
    const headers = { 'X-Request-Secret': secret, Accept: 'text/event-stream' }
    const response = await send(needs, 'GET', `/login-requests/${encodeURIComponent(id)}/events`, {
      headers,
      signal: limit.signal,
    })
    if (!response.body || !/^text\/event-stream/.test(response.headers.get('content-type') ?? ''))
      throw new Mute('What answered is no stream')
    const events = readEvents(response.body.getReader(), async (reader) => {
      const read = await reader.read()
      limit.allow(needs.timing.silence)
      return read
    })
    for await (const { event, data } of events) {
      isMute = false
      if (event === 'state') yield objectOf<LoginRequestState>(JSON.parse(data))
    }
  } catch (error) {
    signal?.throwIfAborted()
    const fault = faultOf(error, signal)
    // A refusal is told by the call that comes next.
    throw isMute && (limit.signal.aborted || !isPassing(fault)) ? new Mute('', { cause: fault }) : fault
  } finally {
    limit.end()
  }
}

async function* polls(needs: Needs, { id, secret, since, signal }: Followed): States {
  for (let seen = since; ; ) {
    const now = await call<LoginRequestState>(
      needs,
      'GET',
      `/login-requests/${encodeURIComponent(id)}?wait=${ONE_WAIT}&since=${seen}`,
      { headers: { 'X-Request-Secret': secret }, signal },
      ONE_WAIT * 1000 + needs.timing.call,
    )
    seen = now.version
    yield now
  }
}
