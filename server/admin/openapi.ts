// The description of /admin/v1 (OpenAPI 3.1), written from the acts and the schemas that check them.
import { PERMISSIONS } from '../../protocol/permissions.ts'
import { type Json, namesIn, openApiDocument, problemAnswer, schemaOf, templated } from '../http/openapi.ts'
import type { Act, Dangerous } from './act.ts'

type ObjectSchema = { properties?: Record<string, Json>; required?: string[] }

const REFUSED = problemAnswer('An RFC 9457 problem document')

export function openApi(acts: readonly Act[]): Json {
  const paths: Record<string, Json> = {}
  for (const act of acts) {
    const [method, route] = act.http
    const path = templated(route)
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(act) }
  }
  return openApiDocument({
    title: 'Countersign admin API',
    description: 'What operators do, for programs. Errors are problem documents; docs/protocol.md lists them.',
    base: '/admin/v1',
    paths,
    security: {
      token: { type: 'http', scheme: 'bearer', description: '`cso_…`, by `operator token` or in the console' },
      session: { type: 'apiKey', in: 'cookie', name: '__Host-countersign-console' },
    },
  })
}

function operation(act: Act): Json {
  const [method, path] = act.http
  const { properties = {}, required = [] } = schemaOf(act.input, 'input') as ObjectSchema
  const inPath = namesIn(path)
  const inHeader = act.versioned ? ['version'] : []
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name) && !inHeader.includes(name))
  const isQuery = method === 'GET' || method === 'DELETE'
  const parameter = (where: string) => (name: string) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: properties[name],
  })
  const parameters: Json[] = [
    ...inPath.map(parameter('path')),
    ...(isQuery ? rest.map(parameter('query')) : []),
    ...inHeader.map(() => ({ name: 'If-Match', in: 'header', required: true, schema: { type: 'string' } })),
  ]
  return {
    operationId: act.name,
    tags: [act.name.split('.')[0]],
    summary: act.summary,
    description: descriptionOf(act),
    ...(act.access === 'open' ? { security: [] } : act.access === 'session' ? { security: [{ session: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(isQuery || rest.length === 0 ? {} : { requestBody: sentTo(act, properties, rest, required) }),
    responses: { [String(act.status)]: answerOf(act), '4XX': REFUSED, '5XX': REFUSED },
  }
}

function descriptionOf({ name, access, dangerous, versioned, every }: Act): string {
  const roles = Object.entries(PERMISSIONS).find(([act]) => act === name)?.[1] ?? []
  const said = [
    access === 'open' ? 'For whoever has no session yet.' : `Roles: ${roles.join(', ')}.`,
    access === 'session' ? 'In a session of the console only.' : '',
    dangerous ? `${isOf(dangerous)} needs a passkey used within 5 minutes (403 fresh-passkey-required).` : '',
    every === undefined ? '' : 'With Accept: text/event-stream it is sent anew whenever it has changed.',
    versioned ? '412 changed-meanwhile where If-Match is not the ETag of now.' : '',
  ]
  return said.filter(Boolean).join(' ')
}

const isOf = (dangerous: true | Dangerous<unknown>) =>
  dangerous === true ? 'A session' : `${dangerous.where}, a session`

function sentTo({ upload }: Act, properties: Record<string, Json>, names: string[], required: string[]): Json {
  if (!upload) return bodyOf(properties, names, required)
  return { required: true, content: { [upload.type]: { schema: { type: 'string' } } } }
}

function bodyOf(properties: Record<string, Json>, names: string[], required: string[]): Json {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
    required: names.filter((name) => required.includes(name)),
  }
  return { required: schema.required.length > 0, content: { 'application/json': { schema } } }
}

function answerOf({ output, download }: Act): Json {
  if (download) {
    const content = Object.fromEntries(download.map((type) => [type, { schema: { type: 'string' } }]))
    return { description: 'A file, sent while it is made', content }
  }
  if (!output) return { description: 'Done' }
  return { description: 'Done', content: { 'application/json': { schema: schemaOf(output, 'output') } } }
}
