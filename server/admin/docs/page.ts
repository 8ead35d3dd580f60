// /docs/api: the admin API to read, written from the same acts as the API itself. A page without a script: there is
// nothing in it that a strict policy would have to let through.
import { t } from '../../../words/api-page.ts'
import { escaped } from '../../http/escaped.ts'
import { type JsonSchema, membersOf, typeOf } from './schema.ts'

type Content = Record<string, { schema: JsonSchema }>
type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: JsonSchema }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}
export type Description = { paths: Record<string, Record<string, Operation>>; servers: { url: string }[] }

type Entry = Operation & { method: string; path: string; command: string | undefined }

export const STYLE = '/docs/api/page.css'
export const DOCUMENT = '/admin/v1/openapi.json'

/** @param commands by the name of the act */
export function apiPage(description: Description, commands: ReadonlyMap<string, string>): string {
  const base = description.servers[0]?.url ?? ''
  const entries = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => {
      const command = commands.get(operation.operationId)
      return { ...operation, method: method.toUpperCase(), path: base + path, command }
    }),
  )
  const byTag = Map.groupBy(entries, ({ tags }) => tags[0] ?? '')
  const contents = [...byTag.keys()].map((tag) => `<li><a href="#${escaped(tag)}">${escaped(tag)}</a></li>`)
  const sections = [...byTag].map(
    ([tag, those]) => `<section><h2 id="${escaped(tag)}">${escaped(tag)}</h2>${those.map(entry).join('')}</section>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(t('api.title'))} · Countersign</title>
<link rel="stylesheet" href="${STYLE}">
</head>
<body>
<header>
<h1>${escaped(t('api.title'))}</h1>
<p>${escaped(t('api.why'))}</p>
<p><a href="${DOCUMENT}">${escaped(t('api.document'))}</a> · <a href="/console/">${escaped(t('api.console'))}</a></p>
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
<p>${escaped(description)}</p>
${command === undefined ? '' : `<p>${escaped(t('api.command', { command: `npx countersign ${command}` }))}</p>`}
${parameters(one)}${body(one)}${answers(one)}
<h3>${escaped(t('api.try'))}</h3>
<pre><code>${escaped(curl(one))}</code></pre>
</details>`
}

function parameters({ parameters: all = [] }: Entry): string {
  if (all.length === 0) return ''
  const items = all.map(({ name, in: where, required, schema }) => {
    const must = required ? ` <em>${escaped(t('api.required'))}</em>` : ''
    const said = `${t(`api.in.${where}`)}, ${typeOf(schema)}`
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
  const content = Object.entries(responses).find(([status]) => status !== 'default')?.[1].content
  if (!content) return `${title}<p>${escaped(t('api.nothing'))}</p>`
  const schema = content['application/json']?.schema
  if (schema) return title + membersOf(schema)
  return `${title}<p>${escaped(t('api.file', { types: Object.keys(content).join(', ') }))}</p>`
}

function curl({ method, path, parameters: all = [], requestBody }: Entry): string {
  const filled = path.replace(/\{(\w+)\}/g, '<$1>')
  const lines = [
    `curl -X ${method} "$COUNTERSIGN${filled}"`,
    `-H "Authorization: Bearer $COUNTERSIGN_TOKEN"`,
    ...(all.some(({ name }) => name === 'If-Match') ? [`-H 'If-Match: "<version>"'`] : []),
    ...(requestBody ? [`-H 'Content-Type: application/json'`, `-d '{ … }'`] : []),
  ]
  return lines.join(' \\\n  ')
}
