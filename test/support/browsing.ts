// As much of a browser as redirects and cookies need: paths, prefixes and expiry of cookies are kept (RFC 6265bis).
import { request } from 'node:http'
import { Readable } from 'node:stream'

interface Cookie {
  name: string
  value: string
  host: string
  path: string
}

export interface Visit {
  url: string
  response: Response
  /** where it was sent on its way, first to last */
  hops: string[]
}

const MOST_HOPS = 10

export class Browsing {
  #cookies: Cookie[] = []

  /** What a script on `url` could not see, for tests of what is set. */
  cookiesFor(url: string): string[] {
    return this.#matching(new URL(url)).map(({ name }) => name)
  }

  /** As the header says it. */
  cookieFor(url: string): string {
    return this.#matching(new URL(url))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** One exchange; redirects are not followed. */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url)
    const headers = new Headers(init.headers)
    const cookies = this.cookieFor(url)
    if (cookies !== '') headers.set('cookie', cookies)
    if (init.body instanceof URLSearchParams && !headers.has('content-type'))
      headers.set('content-type', 'application/x-www-form-urlencoded')
    const response = await exchange(target, { method: init.method, headers, body: init.body })
    for (const line of response.headers.getSetCookie()) this.#keep(line, target)
    return response
  }

  /** As a navigation: on and on until something is shown, or until the next address begins with `stopAt`. */
  async visit(url: string, stopAt?: string): Promise<Visit> {
    const hops: string[] = []
    let at = url
    for (let hop = 0; hop < MOST_HOPS; hop++) {
      const response = await this.fetch(at, { headers: { accept: 'text/html,*/*;q=0.8' } })
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || !location) return { url: at, response, hops }
      at = new URL(location, at).href
      hops.push(at)
      if (stopAt && at.startsWith(stopAt)) return { url: at, response, hops }
    }
    throw new Error(`too many redirects: ${hops.join(' → ')}`)
  }

  #matching({ hostname, pathname }: URL): Cookie[] {
    return this.#cookies.filter(
      ({ host, path }) =>
        host === hostname && (pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)),
    )
  }

  #keep(line: string, from: URL): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const read = (key: string) =>
      attributes.find((attribute) => attribute.toLowerCase().split('=')[0] === key)?.slice(key.length + 1)
    const path = read('path') || '/'
    const isSecure = read('secure') !== undefined
    if (name.startsWith('__Host-') && !(isSecure && path === '/' && read('domain') === undefined)) return
    if (name.startsWith('__Secure-') && !isSecure) return
    this.#cookies = this.#cookies.filter(
      (cookie) => !(cookie.name === name && cookie.path === path && cookie.host === from.hostname),
    )
    const expires = read('expires')
    const over = read('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now())
    if (!over) this.#cookies.push({ name, value, host: from.hostname, path })
  }
}

/** Node's own fetch says of itself that it is a script on a page. */
function exchange(
  url: URL,
  { method, headers, body }: { method: string | undefined; headers: Headers; body: unknown },
) {
  return new Promise<Response>((resolve, reject) => {
    const sent = request(url, { method: method ?? 'GET', headers: Object.fromEntries(headers) }, (answer) => {
      const status = answer.statusCode ?? 0
      const got = new Headers()
      for (const [name, values] of Object.entries(answer.headersDistinct))
        for (const value of values ?? []) got.append(name, value)
      const isEmpty = [204, 304].includes(status)
      if (isEmpty) answer.resume()
      resolve(new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers: got }))
    })
    sent.on('error', reject).end(body == null ? undefined : String(body))
  })
}
