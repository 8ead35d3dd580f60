// A server whom Entra asks for the second factor, and a stand-in for Entra, for all tests of a `describe`.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { Browsing } from './browsing.ts'
import type { Engine } from './engines.ts'
import { EntraStandIn, type EntraUser, formOf } from './entra-stand-in.ts'
import { confirm, type Doing, LoginPage, nobodyAnswers } from './relying-party.ts'
import { limits, startServer, type TestServer } from './server.ts'
import type { WireDevice } from './wire-device.ts'

export const claimsOf = ({ oid, sub, preferred_username }: EntraUser) => ({ oid, sub, preferred_username })

/** Registers its own start and end. */
export function entraHouse(engine: Engine) {
  let entra: EntraStandIn
  let server: TestServer
  let clientId: string
  let discoveryUrl: string
  beforeAll(async () => {
    entra = await EntraStandIn.start()
    const many = { count: 100_000 }
    const generous = limits({ requestsPerUser: many, pendingPerUser: many, authorizationsPerAddress: { count: 300 } })
    const env = { ...generous, COUNTERSIGN_WEBHOOK_ORIGINS: entra.origin }
    server = await startServer(engine, { env, clouds: { global: entra.origin, 'us-government': '', china: '' } })
    const { tenant, application } = entra
    const client = { entra: { tenant, application, cloud: 'global' as const } }
    const added = await addApplication(server.running.parts, { name: 'Microsoft 365', client })
    clientId = added.clientId ?? ''
    const issuer = `${server.wire.origin}/oidc/entra/${clientId}`
    discoveryUrl = `${issuer}/.well-known/openid-configuration`
    entra.replyAddresses = [`${issuer}/authorize`]
  })
  afterAll(async () => {
    await server.close()
    await entra[Symbol.asyncDispose]()
  })

  let people = 0
  async function person(name = `alice-${++people}@harbour.example`): Promise<EntraUser & { device: WireDevice }> {
    await addUser(server.running.parts, { username: name })
    const one = randomUUID()
    return { oid: `oid-${one}`, sub: `sub-${one}`, preferred_username: name, device: await server.device(name) }
  }

  /** The browser posts Entra's question. */
  async function post(asked: Record<string, string>, browser = new Browsing(), id = clientId) {
    const authorizationEndpoint = `${server.wire.origin}/oidc/entra/${id}/authorize`
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: entra.origin }
    const body = new URLSearchParams(asked).toString()
    const response = await browser.fetch(authorizationEndpoint, { method: 'POST', headers, body })
    return { browser, response, location: response.headers.get('location') ?? '' }
  }

  async function answered(asked: Record<string, string>, device: WireDevice, doing: Doing | 'leave' | 'wait') {
    const { browser, location } = await post(asked)
    const login = new LoginPage(server.wire.origin, new URL(location, server.wire.origin).href, browser)
    if (doing === 'wait') await nobodyAnswers(server, login)
    else if (doing !== 'leave') await confirm(login, device, doing)
    if (doing === 'wait') expect((await login.state()).request?.state).toBe('expired')
    const view =
      doing === 'approve' || typeof doing === 'object' ? await login.state() : (await login.post('leave', {})).body
    const { response } = await browser.visit(view.continueTo ?? '')
    const policy = response.headers.get('content-security-policy')
    return { ...formOf(await response.text(), policy), response, again: () => browser.visit(view.continueTo ?? '') }
  }

  /** What Entra would be told instead of a login page. */
  async function refusal(asked: Record<string, string>, id = clientId) {
    const { response } = await post(asked, new Browsing(), id)
    const policy = response.headers.get('content-security-policy')
    return { status: response.status, ...formOf(await response.clone().text(), policy) }
  }

  return {
    get entra() {
      return entra
    },
    get server() {
      return server
    },
    get clientId() {
      return clientId
    },
    get discoveryUrl() {
      return discoveryUrl
    },
    person,
    post,
    answered,
    refusal,
  }
}
