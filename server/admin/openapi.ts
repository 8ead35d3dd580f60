// The description of /admin/v1 (OpenAPI 3.1), written from the acts and the schemas that check them.
import * as z from 'zod/mini'
import { PERMISSIONS } from '../../protocol/permissions.ts'
import type { Act, Schema } from './act.ts'

type Json = Record<string, unknown>
type ObjectSchema = { properties?: Record<string, Json>; required?: string[] }

const PROBLEM = {
  description: 'An RFC 9457 problem document',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        required: ['type', 'title', 'status'],
        properties: {
          type: { type: 'string', description: 'urn:countersign:problem:<slug>' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          errors: { type: 'object', additionalProperties: { type: 'string' }, description: 'by JSON pointer' },
        },
      },
    },
  },
}

export function openApi(acts: readonly Act[]): Json {
  const paths: Record<string, Json> = {}
  for (const act of acts) {
    const [method, route] = act.http
    const path = route.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(act) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign admin API',
      version: '1',
      description: 'What operators do, for programs. Errors are problem documents; docs/protocol.md lists them.',
    },
    servers: [{ url: '/admin/v1' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`cso_…`, by `operator token` or in the console' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-countersign-console' },
      },
    },
  }
}

function operation(act: Act): Json {
  const [method, path] = act.http
  const { properties = {}, required = [] } = schemaOf(act.input, 'input') as ObjectSchema
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
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
    responses: { [String(act.status)]: answerOf(act), default: PROBLEM },
  }
}

function descriptionOf({ name, access, dangerous, versioned, every }: Act): string {
  const roles = Object.entries(PERMISSIONS).find(([act]) => act === name)?.[1] ?? []
  const said = [
    access === 'open' ? 'For whoever has no session yet.' : `Roles: ${roles.join(', ')}.`,
    access === 'session' ? 'In a session of the console only.' : '',
    dangerous ? 'A session needs a passkey used within 5 minutes (403 fresh-passkey-required).' : '',
    every === undefined ? '' : 'With Accept: text/event-stream it is sent anew whenever it has changed.',
    versioned ? '412 changed-meanwhile where If-Match is not the ETag of now.' : '',
  ]
  return said.filter(Boolean).join(' ')
}

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

function schemaOf(schema: Schema, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io }) as Json
  return rest
}
