// Answers in SCIM's media type (RFC 7644 §8.1), and lists (§3.4.2).
import type { Resource } from './resource.ts'
import { type Shape, shaped } from './shape.ts'

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

export function scimJson(
  body: object,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/scim+json', ...headers },
  })
}

export function resourceAnswer(resource: Resource, shape: Shape, status: 200 | 201 = 200): Response {
  const { location, version } = resource.meta
  const headers = { ETag: version, ...(status === 201 && { Location: location }) }
  return scimJson(shaped(resource, shape), { status, headers })
}

export const nothing = (headers: Record<string, string> = {}) => new Response(null, { status: 204, headers })

/** @param first RFC 7644 counts from 1 */
export function listOf(resources: readonly object[], { total, first }: { total: number; first: number }) {
  return {
    schemas: [LIST],
    totalResults: total,
    startIndex: first,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}
