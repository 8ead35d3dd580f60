// OpenAPI 3.1 from schemas: what the descriptions of all our APIs share. https://spec.openapis.org/oas/v3.1.1
import * as z from 'zod/mini'

export type Json = Record<string, unknown>
export type Schema = z.ZodMiniType
export type Parameter = { name: string; in: 'query' | 'header'; description: string; schema: Json; example: unknown }

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status'],
  additionalProperties: true,
  properties: {
    type: { type: 'string', description: 'urn:countersign:problem:<slug>' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: { type: 'object', additionalProperties: { type: 'string' }, description: 'by JSON pointer' },
  },
}

/** A refusal, any of them. @param examples by slug */
export function problemAnswer(description: string, examples?: Json): Json {
  const schema = { $ref: '#/components/schemas/Problem' }
  return { description, content: { 'application/problem+json': { schema, ...(examples ? { examples } : {}) } } }
}

/** `/users/:id` as OpenAPI writes it. */
export const templated = (route: string): string => route.replace(/:(\w+)/g, '{$1}')

export const namesIn = (route: string): string[] => [...route.matchAll(/:(\w+)/g)].map(([, name = '']) => name)

/** JSON Schema of what is sent (`input`), or of what comes of it (`output`). */
export function schemaOf(schema: Schema, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io }) as Json
  return rest
}

type About = {
  title: string
  description: string
  /** of all paths */
  base: string
  paths: Json
  /** by name; each is asked for unless an operation says otherwise */
  security: Record<string, Json>
  tags?: Json[]
}

export function openApiDocument({ title, description, base, paths, security, tags }: About): Json {
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: '1',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: base }],
    security: Object.keys(security).map((name) => ({ [name]: [] })),
    ...(tags ? { tags } : {}),
    paths,
    components: { securitySchemes: security, schemas: { Problem: PROBLEM } },
  }
}
