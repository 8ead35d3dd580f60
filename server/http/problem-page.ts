// A person who comes by an address reads a page, where a program reads a problem document.
import { accepts } from 'hono/accepts'
import type { Problem, ProblemSlug } from '../../protocol/problems.ts'
import { t } from '../../words/lost.ts'
import { escaped } from '../escaped.ts'
import type { Call } from './env.ts'
import { plainPage } from './plain-page.ts'

/** Where only programs call, whatever they say they accept. */
const PROGRAMS = /^\/(device\/v1|api\/v1|admin\/v1|scim|forward-auth)(\/|$)|\/api\//

const BUSY: readonly ProblemSlug[] = ['unavailable', 'internal', 'too-many-requests']

/** @returns undefined: a document says it */
export function problemPage(origins: {
  public: string
  app: string
}): (problem: Problem, c: Call) => Response | undefined {
  const nothing = page('nothing', [
    [`${origins.app}/`, t('nothing.codes')],
    [`${origins.public}/account`, t('nothing.account')],
  ])
  const busy = page('busy', [])
  return ({ slug, status, headers }, c) => {
    const html = slug === 'not-found' ? nothing : BUSY.includes(slug) ? busy : undefined
    if (!html || !isPerson(c)) return undefined
    return new Response(html, {
      status,
      headers: { 'Content-Type': 'text/html; charset=utf-8', Vary: 'Accept', ...headers },
    })
  }
}

/** RFC 9110 §12.5.1: what comes first in `Accept`. */
function isPerson(c: Call): boolean {
  const json = 'application/problem+json'
  const supports = [json, 'application/json', 'text/html']
  const best = accepts(c, { header: 'Accept', supports, default: json })
  return c.req.method === 'GET' && !PROGRAMS.test(c.req.path) && best === 'text/html'
}

function page(what: 'nothing' | 'busy', links: [href: string, words: string][]): string {
  const ways = links.map(([href, words]) => `<p><a href="${escaped(href)}">${escaped(words)}</a></p>`)
  return plainPage(t(`${what}.title`), [`<p>${escaped(t(`${what}.body`))}</p>`, ...ways].join('\n'))
}
