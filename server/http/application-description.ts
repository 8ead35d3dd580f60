// The description of /api/v1 (OpenAPI 3.1), written from the table of its calls and the schemas that check them.
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import { PROBLEMS, type ProblemSlug } from '../../protocol/problems.ts'
import { APPLICATION_CALLS, type ApplicationCall, ID_EXAMPLE } from './application-calls.ts'
import { type Json, namesIn, openApiDocument, problemAnswer, schemaOf, templated } from './openapi.ts'

/** What any call may meet. */
const ALWAYS: readonly ProblemSlug[] = ['unauthenticated', 'wrong-host', 'internal', 'unavailable']
const WITH_BODY: readonly ProblemSlug[] = ['body-too-large', 'malformed', 'invalid']

/** What some refusals say besides: docs/protocol.md, section 12. */
const MEMBERS: Partial<Record<ProblemSlug, Json>> = {
  invalid: { errors: { '/username': 'must not be empty' } },
  'push-paused': { until: '2026-01-01T00:15:00.000Z' },
  'already-settled': { state: 'denied', reason: 'declined' },
  'wrong-passcode': { triesLeft: 2 },
  'refused-by-policy': { because: 'network' },
}
const RETRIED: readonly ProblemSlug[] = ['too-many-requests', 'push-paused', 'unavailable']

/** Of every call. */
export function problemsOf({ body, problems }: ApplicationCall): readonly ProblemSlug[] {
  return [...new Set([...ALWAYS, ...(body ? WITH_BODY : []), ...problems])]
}

export function applicationDescription(): Json {
  const paths: Record<string, Json> = {}
  for (const [name, call] of Object.entries<ApplicationCall>(APPLICATION_CALLS)) {
    const path = templated(call.http[1])
    paths[path] = { ...paths[path], [call.http[0].toLowerCase()]: operation(name, call) }
  }
  return openApiDocument({
    title: 'Countersign API for applications',
    description:
      'For servers that ask people’s devices after a first factor. Errors are problem documents; docs/protocol.md lists them.',
    base: '/api/v1',
    paths,
    security: {
      key: { type: 'http', scheme: 'bearer', description: '`csk_…`, on the application’s page in the console' },
    },
    tags: [
      { name: 'login-requests', description: 'Asking, waiting, and using an approval' },
      { name: 'passcodes', description: 'Passcodes that people type' },
    ],
  })
}

function operation(name: string, call: ApplicationCall): Json {
  const [, route] = call.http
  const parameters = [...namesIn(route).map(inPath), ...(call.parameters ?? [])]
  return {
    operationId: name,
    tags: [route.split('/')[1]],
    summary: call.summary,
    ...(call.description ? { description: call.description } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(call.body ? { requestBody: bodyOf(call.body) } : {}),
    responses: { [String(call.answer.status)]: answerOf(call.answer), ...refusals(call) },
  }
}

const inPath = (name: string) => ({
  name,
  in: 'path',
  required: true,
  description: 'of the login request',
  schema: { type: 'string' },
  example: ID_EXAMPLE,
})

function bodyOf({ schema, example, members = {} }: NonNullable<ApplicationCall['body']>): Json {
  const written = schemaOf(schema, 'input')
  for (const [path, about] of Object.entries(members)) Object.assign(memberAt(written, path.split('.')), about)
  return { required: true, content: { 'application/json': { schema: written, example } } }
}

function memberAt(schema: Json, [name = '', ...rest]: string[]): Json {
  const member = (schema.properties as Record<string, Json>)[name]
  if (!member) throw new Error(`the schema has no ${name}`)
  return rest.length === 0 ? member : memberAt(member, rest)
}

function answerOf({ description, schema, events, example, headers }: ApplicationCall['answer']): Json {
  const about = { description, ...(headers ? { headers } : {}) }
  if (events) return { ...about, content: { 'text/event-stream': { schema: { type: 'string' }, example } } }
  if (!schema) return about
  return { ...about, content: { 'application/json': { schema: schemaOf(schema, 'output'), example } } }
}

/** One answer a status, with an example for each problem. */
function refusals(call: ApplicationCall): Json {
  const byStatus = Map.groupBy(problemsOf(call), (slug) => PROBLEMS[slug].status)
  const sorted = [...byStatus].sort(([one], [other]) => one - other)
  return Object.fromEntries(sorted.map(([status, slugs]) => [String(status), refusal(slugs)]))
}

function refusal(slugs: readonly ProblemSlug[]): Json {
  const examples = Object.fromEntries(
    slugs.map((slug) => [slug, { summary: PROBLEMS[slug].title, value: shown(slug) }]),
  )
  const answer = problemAnswer(slugs.join(', '), examples)
  if (!slugs.some((slug) => RETRIED.includes(slug))) return answer
  return { ...answer, headers: { 'Retry-After': { description: 'whole seconds', schema: { type: 'integer' } } } }
}

function shown(slug: ProblemSlug): Json {
  const { status, title } = PROBLEMS[slug]
  return { type: PROBLEM_TYPE + slug, title, status, detail: title, ...MEMBERS[slug] }
}
