import { afterEach, describe, expect, it, vi } from 'vitest'
import { PROBLEM_TYPE } from '../../protocol/problems.ts'
import { conversation, Refusal, Unreachable } from './conversation.ts'
import { refusalText } from './refusal-text.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const server = conversation('/login/x/api')
const answering = (body: string, status = 200) => vi.stubGlobal('fetch', async () => new Response(body, { status }))

describe('what the page says to the server', () => {
  it('is JSON to this sign-in’s own addresses', async () => {
    const calls: [string, RequestInit][] = []
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      calls.push([url, init])
      return Response.json({ step: 'confirm' })
    })
    expect(await server.password('alice', 'secret')).toEqual({ step: 'confirm' })
    await server.state()
    expect(calls[0]).toMatchObject([
      '/login/x/api/password',
      {
        method: 'POST',
        body: '{"username":"alice","password":"secret"}',
        headers: { 'Content-Type': 'application/json' },
      },
    ])
    expect(calls[1]?.[0]).toBe('/login/x/api/state')
    expect(calls[1]?.[1].method).toBeUndefined()
  })

  it('a refusal comes back by its slug', async () => {
    answering(JSON.stringify({ type: `${PROBLEM_TYPE}wrong-credentials`, status: 403 }), 403)
    const refused = await server.password('alice', 'x').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Refusal)
    expect(refusalText(refused)).toBe('User name or password is wrong.')
  })

  it.each([
    ['<html>Bad gateway</html>', 502],
    ['', 200],
  ])('%j is not the server’s answer', async (body, status) => {
    answering(body, status)
    await expect(server.state()).rejects.toBeInstanceOf(Unreachable)
  })

  it('no answer is told as such', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('failed to fetch')
    })
    const lost = await server.state().catch((error: unknown) => error)
    expect(refusalText(lost)).toContain('can’t be reached')
  })
})
