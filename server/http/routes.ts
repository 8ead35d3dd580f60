// A conversation's addresses, declared once: what is not among them is 404, a wrong method 405.
import { Hono } from 'hono'
import { Problem } from '../../protocol/problems.ts'
import type { Call, Env, Middleware } from './env.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Handler = (c: Call) => Response | Promise<Response>
/** Path → method → handler; a path may have middleware of its own. */
export type Addresses = Record<string, Partial<Record<Method, Handler>>>

/** @param before run for every call, known address or not, in this order */
export function conversation(before: Middleware[], addresses: Addresses): Hono<Env> {
  const routes = new Hono<Env>()
  for (const middleware of before) routes.use('*', middleware)
  for (const [path, handlers] of Object.entries(addresses)) {
    for (const [method, handler] of Object.entries(handlers)) routes.on(method, path, handler)
    routes.all(path, () => {
      throw new Problem('method-not-allowed', { headers: { Allow: Object.keys(handlers).join(', ') } })
    })
  }
  routes.all('*', () => {
    throw new Problem('not-found')
  })
  return routes
}
