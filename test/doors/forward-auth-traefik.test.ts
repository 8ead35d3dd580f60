// A double of Traefik in front of a web site, by what its documentation says of routers and of `forwardAuth`, with the
// values of the block of docs/integrate/forward-auth.md: Traefik itself is not run here.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { describe } from 'vitest'
import { type Around, proxyStory } from '../support/door-site.ts'
import { blocksOf } from '../support/page-blocks.ts'

const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authorization']

/** What the reader's file says. */
function written({ wiki, countersign }: Around) {
  const [text = ''] = blocksOf('forward-auth.md', 'yaml', {
    'wiki.example.org': '127.0.0.1',
    '127.0.0.1:8080': `127.0.0.1:${countersign}`,
    '127.0.0.1:3000': `127.0.0.1:${wiki}`,
  })
  const value = (of: RegExp) => {
    const found = of.exec(text)?.[1]
    if (found === undefined) throw new Error(`the block says nothing of ${of}`)
    return found
  }
  const [wikiAt, countersignAt] = [...text.matchAll(/servers: \[\{ url: (\S+) \}\]/g)].map(([, url = '']) => url)
  const flags = /authResponseHeadersRegex: \(\?i\)/.test(text) ? 'i' : ''
  return {
    address: value(/address: (\S+)/),
    answered: new RegExp(value(/authResponseHeadersRegex: (?:\(\?i\))?(\S+)/), flags),
    host: value(/rule: Host\(`([^`]+)`\)/),
    prefix: value(/PathPrefix\(`([^`]+)`\)/),
    wikiAt: wikiAt ?? '',
    countersignAt: countersignAt ?? '',
  }
}

/** Without `trustForwardHeader` what the client says of itself is replaced; all else of it goes on as it came. */
function forwarded(asked: IncomingMessage): IncomingHttpHeaders {
  const { headers, socket } = asked
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !/^x-forwarded-/.test(name))
  return {
    ...Object.fromEntries(kept),
    host: hostOf(asked),
    'x-forwarded-host': hostOf(asked),
    'x-forwarded-proto': 'http',
    'x-forwarded-for': socket.remoteAddress,
  }
}

/** As Go's `net/http`, of which Traefik is made: where the request line names a host, the header counts for nothing. */
function hostOf({ url = '', headers }: IncomingMessage): string {
  return URL.canParse(url) ? new URL(url).host : (headers.host ?? '')
}

async function ask(url: string, method: string, headers: IncomingHttpHeaders, body?: IncomingMessage) {
  const call = request(url, { method, headers })
  if (body) body.pipe(call)
  else call.end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return answer
}

async function traefik(around: Around) {
  const { address, answered, host, prefix, wikiAt, countersignAt } = written(around)
  async function served(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET' } = asked
    if (hostOf(asked).replace(/:\d+$/, '') !== host) return void answer.writeHead(404).end()
    const url = (asked.url ?? '/').replace(/^https?:\/\/[^/]+/, '')
    if (url.startsWith(prefix)) return handOn(await ask(countersignAt + url, method, forwarded(asked), asked), answer)
    const about = { 'x-forwarded-method': method, 'x-forwarded-uri': url }
    const { host: _host, 'content-length': _length, ...theirs } = forwarded(asked)
    const verdict = await ask(address, 'GET', { ...theirs, ...about })
    const isIn = (verdict.statusCode ?? 0) >= 200 && (verdict.statusCode ?? 0) < 300
    if (!isIn) return handOn(verdict, answer, address)
    verdict.resume()
    const matching = ([name]: [string, unknown]) => answered.test(name)
    const own = Object.entries(forwarded(asked)).filter((header) => !matching(header))
    const given = Object.entries(verdict.headers).filter(matching)
    handOn(await ask(wikiAt + url, method, Object.fromEntries([...own, ...given]), asked), answer)
  }
  const server = createServer((asked, answer) => void served(asked, answer).catch(() => answer.destroy()))
  server.listen(around.site, '127.0.0.1')
  await once(server, 'listening')
  return { output: () => '', stop: async () => void server.close() }
}

/** @param from makes an address that is relative whole, as that of the answer */
function handOn(got: IncomingMessage, answer: ServerResponse, from?: string): void {
  const headers = Object.fromEntries(Object.entries(got.headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
  if (from !== undefined && headers.location !== undefined)
    headers.location = new URL(String(headers.location), from).href
  answer.writeHead(got.statusCode ?? 0, headers)
  got.pipe(answer)
}

describe('a site behind what forwards as Traefik documents', () => proxyStory(traefik))
