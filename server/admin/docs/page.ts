// An API to read and to try, written from the same description that programs get. Its one script is a file of ours,
// so that the policy of every page stands as it is.
import { t } from '../../../words/api-page.ts'
import { escaped } from '../../escaped.ts'
import { exampleOf, type JsonSchema, membersOf, typeOf } from './schema.ts'

type Content = Record<string, { schema: JsonSchema; example?: unknown }>
type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  description?: string
  schema: JsonSchema
  example?: unknown
}
type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security?: Record<string, unknown>[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}
export type Description = { paths: Record<string, Record<string, Operation>>; servers: { url: string }[] }

export type ApiPage = {
  title: string
  why: string
  /** what opens it: 'API key', and its variable in `curl` lines */
  key: string
  variable: string
  document: string
  /** address and name of what else there is to read */
  links: readonly (readonly [string, string])[]
  description: Description
  /** by the name of the act */
  commands?: ReadonlyMap<string, string>
}

type Entry = Operation & { method: string; path: string; command: string | undefined; variable: string }

export const STYLE = '/docs/api/page.css'
export const SCRIPT = '/docs/api/try.js'

export function apiPage({ description, commands, variable, ...about }: ApiPage): string {
  const base = description.servers[0]?.url ?? ''
  const entries = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => {
      const command = commands?.get(operation.operationId)
      return { ...operation, method: method.toUpperCase(), path: base + path, command, variable }
    }),
  )
  const byTag = Map.groupBy(entries, ({ tags }) => tags[0] ?? '')
  const contents = [...byTag.keys()].map((tag) => `<li><a href="#${escaped(tag)}">${escaped(tag)}</a></li>`)
  const sections = [...byTag].map(
    ([tag, those]) => `<section><h2 id="${escaped(tag)}">${escaped(tag)}</h2>${those.map(entry).join('')}</section>`,
  )
  const links = about.links.map(([href, name]) => `<a href="${href}">${escaped(name)}</a>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(about.title)} · Countersign</title>
<link rel="stylesheet" href="${STYLE}">
<script type="module" src="${SCRIPT}"></script>
</head>
<body>
<header>
<h1>${escaped(about.title)}</h1>
<p>${escaped(about.why)}</p>
<p><a href="${about.document}">${escaped(t('api.document'))}</a> · ${links.join(' · ')}</p>
<p class="key"><label for="key">${escaped(about.key)}</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-why">
<span id="key-why">${escaped(t('api.keyWhy'))}</span></p>
</header>
<nav aria-label="${escaped(t('api.contents'))}"><ul>${contents.join('')}</ul></nav>
<main>${sections.join('')}</main>
</body>
</html>
`
}

function entry(one: Entry): string {
  const { operationId, method, path, summary, description, command } = one
  return `<details id="${escaped(operationId)}">
<summary><span class="method ${method.toLowerCase()}">${method}</span> <code>${escaped(path)}</code> <span class="summary">${escaped(summary)}</span></summary>
<p class="name"><code>${escaped(operationId)}</code></p>
${description === undefined ? '' : `<p>${escaped(description)}</p>`}
${command === undefined ? '' : `<p>${escaped(t('api.command', { command: `npx countersign ${command}` }))}</p>`}
${parameters(one)}${body(one)}${answers(one)}${refusals(one)}
<h3>${escaped(t('api.try'))}</h3>
<pre><code>${escaped(curl(one))}</code></pre>
${form(one)}
</details>`
}

function parameters({ parameters: all = [] }: Entry): string {
  if (all.length === 0) return ''
  const items = all.map(({ name, in: where, required, schema, description }) => {
    const must = required ? ` <em>${escaped(t('api.required'))}</em>` : ''
    const said = `${t(`api.in.${where}`)}, ${typeOf(schema)}${description === undefined ? '' : `: ${description}`}`
    return `<li><code>${escaped(name)}</code> <span>${escaped(said)}</span>${must}</li>`
  })
  return `<h3>${escaped(t('api.parameters'))}</h3><ul>${items.join('')}</ul>`
}

function body({ requestBody }: Entry): string {
  const schema = requestBody?.content['application/json']?.schema
  return schema ? `<h3>${escaped(t('api.body'))}</h3>${membersOf(schema)}` : ''
}

function answers({ responses }: Entry): string {
  const title = `<h3>${escaped(t('api.answer'))}</h3>`
  const content = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content
  if (!content) return `${title}<p>${escaped(t('api.nothing'))}</p>`
  const schema = content['application/json']?.schema
  if (schema) return title + membersOf(schema)
  if (content['text/event-stream']) return `${title}<p>${escaped(t('api.events'))}</p>`
  return `${title}<p>${escaped(t('api.file', { types: Object.keys(content).join(', ') }))}</p>`
}

function refusals({ responses }: Entry): string {
  const items = Object.entries(responses)
    .filter(([status]) => /^[45]\d\d$/.test(status))
    .map(([status, { description }]) => `<li><code>${status}</code> <span>${escaped(description)}</span></li>`)
  return items.length === 0 ? '' : `<h3>${escaped(t('api.refusals'))}</h3><ul>${items.join('')}</ul>`
}

/** What `try.page.js` sends. */
function form({ operationId, method, path, parameters: all = [], requestBody, responses }: Entry): string {
  const fields = all.map(({ name, in: where, required, schema }) => {
    const id = `${operationId}:${name}`
    const must = required ? ' required' : ''
    return `<label for="${escaped(id)}">${escaped(name)}</label><input id="${escaped(id)}" name="${escaped(name)}" data-in="${where}" autocomplete="off" spellcheck="false" placeholder="${escaped(typeOf(schema))}"${must}>`
  })
  const [type, sent] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const id = escaped(`${operationId}:body`)
  const text =
    type === 'application/json' ? JSON.stringify(sent?.example ?? exampleOf(sent?.schema ?? {}), null, 2) : ''
  const sending = type
    ? `<label for="${id}">${escaped(t('api.body'))}</label><textarea id="${id}" data-type="${type}" rows="${text.split('\n').length}" spellcheck="false">${escaped(text)}</textarea>`
    : ''
  const streams = Object.values(responses).some(({ content }) => content?.['text/event-stream'])
  const accept = streams ? ' data-accept="text/event-stream"' : ''
  return `<form data-method="${method}" data-path="${escaped(path)}"${accept}>${fields.join('')}${sending}
<p><button>${escaped(t('api.send'))}</button> <button type="button" class="stop" hidden>${escaped(t('api.stop'))}</button></p>
<div role="status" data-failed="${escaped(t('api.failed'))}"></div><pre tabindex="0" hidden></pre></form>`
}

function curl({ method, path, parameters: all = [], requestBody, variable }: Entry): string {
  const filled = path.replace(/\{(\w+)\}/g, '<$1>')
  const lines = [
    `curl -X ${method} "$COUNTERSIGN${filled}"`,
    `-H "Authorization: Bearer $${variable}"`,
    ...(all.some(({ name }) => name === 'If-Match') ? [`-H 'If-Match: "<version>"'`] : []),
    ...(requestBody ? [`-H 'Content-Type: application/json'`, `-d '{ … }'`] : []),
  ]
  return lines.join(' \\\n  ')
}
