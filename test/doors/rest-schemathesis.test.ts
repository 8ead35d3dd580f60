// A fuzzer that is not ours, schemathesis, reads what the APIs say of themselves and sends a real server what it makes of
// that, from a fixed seed and so many calls of each: no answer is one of 5xx, and nothing in the log is a defect.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { PYTHON } from '../support/python.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'
import { programOf } from '../support/wire-operator.ts'

/** Of each operation, beside what covers each of its parameters. */
const EXAMPLES = 2
/** It takes ids from answers, and would end the operator or token that it comes with. */
const ENDS_THE_CALLER = '^/(operators|api-tokens)/[{]id[}]'
const MANY = { count: 1_000_000, seconds: 60 }
const ENV = limits({ requestsPerUser: MANY, verifiesPerUserAndApplication: MANY, enrolmentOpens: MANY })

/** What it says at its end, whatever it found. */
function fuzz(description: string, credential: string): Promise<string> {
  const how = [
    ...['--header', `authorization:Bearer ${credential}`, '--checks', 'not_a_server_error', '--seed', '1'],
    ...['--phases', 'coverage,fuzzing', '--max-examples', String(EXAMPLES), '--no-shrink'],
    ...['--exclude-path-regex', ENDS_THE_CALLER, '--request-timeout', '30'],
  ]
  const run = ['-m', 'schemathesis.cli', 'run', description, ...how]
  // What it writes down of a run must not reach the next.
  const cwd = mkdtempSync(join(tmpdir(), 'countersign-fuzz-'))
  return new Promise((resolve) => {
    execFile(PYTHON, run, { cwd, maxBuffer: 2 ** 26 }, (_, out, err) => {
      rmSync(cwd, { recursive: true })
      resolve(out + err)
    })
  })
}

const APIS = {
  '/api/v1': async (server: TestServer) => ({
    given: (await server.application()).apiKey,
    look: '/login-requests/req_00000000000000000000000000',
    is: 404,
  }),
  '/admin/v1': async (server: TestServer) => ({ given: (await programOf(server)).token, look: '/users', is: 200 }),
}

describe.each(ENGINES)('a fuzzer from elsewhere on %s', (engine) => {
  it.each(Object.entries(APIS))('gets no fault of ours out of %s, and is known there', async (api, credential) => {
    await using server = await startServer(engine, { env: ENV })
    const { given, look, is } = await credential(server)
    const said = await fuzz(`${server.wire.origin}${api}/openapi.json`, given)
    expect(said).not.toMatch(/server error|timed? ?out|network error/i)
    // Known to the end: not everything was refused unread.
    const known = await fetch(server.wire.origin + api + look, { headers: { authorization: `Bearer ${given}` } })
    expect(known.status).toBe(is)
    const [, chosen, tested] = /Selected: (\d+)[\s\S]*Tested: (\d+)/.exec(said) ?? []
    expect([Number(chosen) > 5, tested]).toEqual([true, chosen])
    expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})
