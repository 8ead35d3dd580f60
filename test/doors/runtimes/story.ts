// What an application's server does with `countersign/client`, told in what every runtime has.
import { type Client, createClient, type LoginRequestState, ProblemError, UnreachableError } from 'countersign/client'

export type Given = {
  url: string
  apiKey: string
  /** what people and proxies do meanwhile is done there */
  beside: string
  /** origins that keep streams back, cut them, lead away, note who hangs up, or are nobody */
  through: Record<'hold' | 'cut' | 'leadAway' | 'noting' | 'nowhere', string>
}

const QUICK = { backOff: 5 }
const brief = ({ state, reason, version }: LoginRequestState) => `${version} ${state}${reason ? ` ${reason}` : ''}`

export async function story({ url, apiKey, beside, through }: Given) {
  const client = (to = url, timing = {}): Client => createClient({ url: to, apiKey, timing: { ...QUICK, ...timing } })
  /** @param act one of `acts` in the test */
  async function meanwhile(act: string, about: object = {}): Promise<string> {
    const answer = await fetch(`${beside}/${act}`, { method: 'POST', body: JSON.stringify(about) })
    if (!answer.ok) throw new Error(`${act}: ${await answer.text()}`)
    return answer.text()
  }
  const asked = async () => client().start({ username: await meanwhile('person'), context: { resource: 'Timetable' } })
  const refusal = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (error) => {
        if (error instanceof ProblemError) return error.slug
        return error instanceof UnreachableError ? `unreachable ${error.status ?? ''}`.trim() : `${error}`
      },
    )

  /** @param first what happens when the pending request was heard of */
  async function followed(by: Client, first: 'approve' | 'deny' | 'late') {
    const { id, secret, last } = await asked()
    const request = by.resume({ id, secret })
    const told: string[] = []
    for await (const now of request.states()) {
      told.push(brief(now))
      if (now.state === 'pending') await meanwhile(first, { id, number: last?.number })
    }
    return { request, told }
  }

  const approved = await followed(client(), 'approve')
  const redeemed = await approved.request.redeem()

  const aborted = await asked()
  const stop = new AbortController()
  const waiting = client(through.noting).resume(aborted).states({ signal: stop.signal })
  await waiting.next()
  const rest = refusal(waiting.next())
  stop.abort(new Error('the page was closed'))

  const cancelled = await asked()
  await cancelled.cancel()

  const person = await meanwhile('person')
  const passcode = await meanwhile('passcode')
  const { valid } = await client().verify({ username: person, passcode })
  const again = await client().verify({ username: person, passcode })
  return {
    approved: approved.told,
    redeemed: [redeemed.username === (await meanwhile('last-approved')), redeemed.numberMatched],
    again: await refusal(approved.request.redeem()),
    denied: (await followed(client(), 'deny')).told,
    unanswered: (await followed(client(), 'late')).told,
    keptBack: (await followed(client(through.hold, { firstWord: 100 }), 'approve')).told,
    cut: (await followed(client(through.cut), 'approve')).told,
    aborted: await rest,
    hungUp: await meanwhile('hung-up'),
    cancelled: brief(await cancelled.wait()),
    typed: [valid, again],
    noKey: await refusal(createClient({ url, apiKey: 'csk_of_nobody', timing: QUICK }).start({ username: person })),
    unknown: await refusal(client().start({ username: 'nobody' })),
    ledAway: await refusal(client(through.leadAway).verify({ username: person, passcode })),
    nowhere: await refusal(client(through.nowhere, { call: 1 }).start({ username: person })),
  }
}
