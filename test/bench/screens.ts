// What each screen of the console asks the server for, over HTTP, in a store of any size: until the answer is there, and
// what it costs the server.
import { Pool } from 'undici'
import type { GroupList } from '../../protocol/operator-api/groups.ts'
import type { ReportList } from '../../protocol/operator-api/reports.ts'
import type { UserList, UserView } from '../../protocol/operator-api/users.ts'
import { type Figure, percentile } from './figures.ts'
import type { House } from './house.ts'

/** What calls are made about; each time about another. */
type About = { person: UserView; group: string; report: string; hoursAgo: string }
type Screen = { name: string; path: (about: About) => string; body?: object; isFile?: true }

const KINDS = ['approved', 'denied', 'report', 'user-added', 'token-activated']
const WEBAUTHN = { policy: { unlock: 'webauthn' } }
const search = (name: string, of: (person: UserView) => string, more = ''): Screen => ({
  name: `people: search ${name}`,
  path: ({ person }) => `/users?search=${encodeURIComponent(of(person))}${more}`,
})
const wordsOf = ({ displayName }: UserView) => displayName.split(' ')
const surnameOf = ({ person }: About) => wordsOf(person).at(-1) ?? ''
const initial = (text: string) => [...text][0] ?? ''

/** What operators type most. */
export const SEARCHES: readonly Screen[] = [
  search('a user name', ({ username }) => username),
  search('a letter', ({ username }) => initial(username)),
  search('part of a surname', (person) => wordsOf(person).at(-1)?.slice(0, 3) ?? ''),
  search('name and surname', ({ displayName }) => displayName),
  search('first letters of both', (person) => wordsOf(person).map(initial).join(' ')),
  search('what nobody is called', () => 'zzqx maria'),
  search('a surname, of the suspended', (person) => wordsOf(person).at(-1) ?? '', '&state=suspended'),
]

const SCREENS: readonly Screen[] = [
  { name: 'overview', path: () => '/overview' },
  { name: 'charts: a day', path: () => '/overview/charts?days=1&zone=Europe/Amsterdam' },
  { name: 'charts: a week', path: () => '/overview/charts?days=7&zone=Europe/Amsterdam' },
  { name: 'charts: four weeks', path: () => '/overview/charts?days=28&zone=Europe/Amsterdam' },
  { name: 'live', path: () => '/live' },
  { name: 'live: expired', path: () => '/live?state=expired' },
  { name: 'live: failed pushes', path: () => '/live?delivery=failed' },
  { name: 'live: an address', path: () => '/live?address=198.18.3.4' },
  { name: 'live: a person', path: ({ person }) => `/live?user=${person.id}` },
  { name: 'reports: open', path: () => '/reports?state=open' },
  { name: 'reports: closed', path: () => '/reports?state=closed' },
  { name: 'report', path: ({ report }) => `/reports/${report}` },
  { name: 'people', path: () => '/users' },
  { name: 'people: suspended', path: () => '/users?state=suspended' },
  { name: 'people: a group', path: ({ group }) => `/users?group=${group}` },
  { name: 'people: suspended of a group', path: ({ group }) => `/users?state=suspended&group=${group}` },
  ...SEARCHES,
  { name: 'person', path: ({ person }) => `/users/${person.id}` },
  { name: 'person: standing', path: ({ person }) => `/users/${person.id}/standing` },
  { name: 'person: devices', path: ({ person }) => `/users/${person.id}/tokens` },
  { name: 'person: links', path: ({ person }) => `/enrolments?user=${person.id}` },
  { name: 'person: policy', path: ({ person }) => `/users/${person.id}/policy` },
  { name: 'tokens', path: () => '/tokens' },
  { name: 'tokens: suspended', path: () => '/tokens?state=suspended' },
  { name: 'tokens: unused', path: () => '/tokens?only=unused' },
  { name: 'tokens: unsubscribed', path: () => '/tokens?only=unsubscribed' },
  { name: 'tokens: of a surname', path: (about) => `/tokens?search=${encodeURIComponent(surnameOf(about))}` },
  { name: 'tokens: a device’s name', path: () => '/tokens?device=pix' },
  { name: 'tokens: a device’s name, revoked', path: () => '/tokens?device=p&state=revoked' },
  { name: 'tokens: export begins', path: () => '/tokens.csv', isFile: true },
  { name: 'groups', path: () => '/groups' },
  { name: 'enrolment: who has no device', path: () => '/unenrolled' },
  { name: 'enrolment: of a group', path: ({ group }) => `/unenrolled?group=${group}` },
  { name: 'enrolment: open links', path: () => '/enrolments' },
  {
    name: 'enrolment: open links of a surname',
    path: (about) => `/enrolments?search=${encodeURIComponent(surnameOf(about))}`,
  },
  { name: 'audit', path: () => '/audit' },
  { name: 'audit: a time', path: ({ hoursAgo }) => `/audit?to=${hoursAgo}` },
  { name: 'audit: a person', path: ({ person }) => `/audit?user=${person.username}` },
  ...KINDS.map((kind) => ({ name: `audit: ${kind}`, path: () => `/audit?kind=${kind}` })),
  { name: 'audit: a kind of a person', path: ({ person }) => `/audit?kind=approved&user=${person.username}` },
  { name: 'audit: an act', path: () => '/audit?act=users.add' },
  { name: 'audit: kind and act', path: () => '/audit?kind=user-added&act=users.add' },
  { name: 'audit: two that never meet', path: () => '/audit?kind=approved&act=users.add' },
  { name: 'audit: how far it goes', path: () => '/audit/head' },
  { name: 'audit: export begins', path: () => '/audit/export', isFile: true },
  { name: 'audit: export of a day begins', path: ({ hoursAgo }) => `/audit/export?from=${hoursAgo}`, isFile: true },
  { name: 'people: export begins', path: () => '/users.csv', isFile: true },
  { name: 'policies', path: () => '/policies' },
  { name: 'policy preview: everybody', path: () => '/policies/organisation/preview', body: WEBAUTHN },
  { name: 'policy preview: a group', path: ({ group }) => `/policies/${group}/preview`, body: WEBAUTHN },
  { name: 'applications', path: () => '/applications' },
  { name: 'mails', path: () => '/mails' },
  { name: 'webhooks', path: () => '/webhooks' },
  { name: 'addresses', path: () => '/addresses' },
  { name: 'operators', path: () => '/operators' },
  ...[
    ...['/session', '/api-tokens', '/radius-clients', '/retention', '/audit/kinds', '/mail-templates'],
    ...['/syslog', '/sign-in-notice', '/policies/organisation', '/policies/organisation/history'],
  ].map((path) => ({ name: path.slice(1), path: () => path })),
]

const HOUR_MS = 3_600_000

/** @param times how often each is asked, one after another @returns p95 of each in milliseconds, with the median and the server's processor time beside it */
export async function screens(house: House, token: string, times = 40): Promise<Figure[]> {
  const asked = new Console(house.origin, token)
  try {
    const abouts = await somethings(asked, times)
    const figures: Figure[] = []
    for (const screen of SCREENS) {
      const taken: number[] = []
      const ask = async (about: About) => asked.time(screen, about)
      for (const about of abouts.slice(0, 3)) await ask(about)
      const used = house.used()
      for (const about of abouts) taken.push(await ask(about))
      const cost = (1000 * (house.used() - used)) / abouts.length
      const note = `p50 ${percentile(taken, 0.5).toFixed(1)} ms, processor ${cost.toFixed(1)} ms`
      figures.push({ name: screen.name, value: percentile(taken, 0.95), unit: 'ms', note })
    }
    return figures
  } finally {
    await asked.close()
  }
}

export class Console {
  readonly #pool: Pool
  readonly #headers: Record<string, string>

  constructor(origin: string, token: string, connections = 4) {
    this.#pool = new Pool(origin, { connections })
    this.#headers = { authorization: `Bearer ${token}` }
  }

  async get<Body>(path: string): Promise<Body> {
    const { statusCode, body } = await this.#request(path)
    if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${await body.text()}`)
    return (await body.json()) as Body
  }

  /** @returns milliseconds until the whole answer is there; of a file, its beginning */
  async time({ path, body: sent, isFile }: Screen, about: About): Promise<number> {
    const before = performance.now()
    const { statusCode, body } = await this.#request(path(about), sent)
    if (statusCode !== 200) throw new Error(`${path(about)}: ${statusCode} ${await body.text()}`)
    if (isFile) for await (const _chunk of body) break
    else await body.dump({ limit: Number.POSITIVE_INFINITY })
    return performance.now() - before
  }

  /** What the server sends anew whenever it has changed. */
  async stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = { ...this.#headers, accept: 'text/event-stream' }
    const { statusCode, body } = await this.#pool.request({ method: 'GET', path: `/admin/v1${path}`, headers, signal })
    if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${await body.text()}`)
    return body
  }

  #request(path: string, body?: object) {
    const headers = { ...this.#headers, ...(body && { 'content-type': 'application/json' }) }
    const sent = body ? { body: JSON.stringify(body) } : {}
    return this.#pool.request({ method: body ? 'POST' : 'GET', path: `/admin/v1${path}`, headers, ...sent })
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }
}

/** People from all over the list, and the groups that are there, large ones first. */
export async function somethings(asked: Console, times: number): Promise<About[]> {
  const letters = [...'abcdefghijklmnopqrstuvwyz']
  const pages = await Promise.all(letters.map((letter) => asked.get<UserList>(`/users?search=${letter}`)))
  const people = pages.flatMap(({ users }) => users.filter((_user, index) => index % 25 === 7))
  const groups: GroupList['groups'] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: GroupList = await asked.get<GroupList>(`/groups${cursor && `?cursor=${cursor}`}`)
    groups.push(...page.groups)
    cursor = page.next
  }
  const bySize = groups.toSorted((a, b) => b.members - a.members).slice(0, 20)
  const { reports } = await asked.get<ReportList>('/reports?state=open')
  if (people.length === 0 || reports.length === 0) throw new Error('this store was not seeded')
  return Array.from({ length: times }, (_, n) => ({
    person: people[n % people.length] as UserView,
    group: bySize[n % bySize.length]?.id ?? '',
    report: reports[n % reports.length]?.id ?? '',
    hoursAgo: new Date(Date.now() - n * 24 * HOUR_MS).toISOString(),
  }))
}
