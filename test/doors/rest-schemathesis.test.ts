// A fuzzer that is not ours, schemathesis, reads what the APIs say of themselves and sends a real server what it makes of
// that, from a fixed seed and for a few seconds each: no answer is one of 5xx, and nothing in the log is a defect.
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { PYTHON } from '../support/python.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'
import { programOf } from '../support/wire-operator.ts'

const SECONDS = 9
const MANY = { count: 1_000_000, seconds: 60 }
const ENV = limits({ requestsPerUser: MANY, verifiesPerUserAndApplication: MANY, enrolmentOpens: MANY })

/** What it says at its end, whatever it found. */
function fuzz(description: string, credential: string): Promise<string> {
  const how = [
    ...['--header', `authorization:Bearer ${credential}`, '--checks', 'not_a_server_error', '--seed', '1'],
    ...['--phases', 'coverage,fuzzing', '--max-time', String(SECONDS), '--no-shrink'],
    ...['--warnings', 'missing_auth', '--request-timeout', '5'],
  ]
  const run = ['-m', 'schemathesis.cli', 'run', description, ...how]
  return new Promise((resolve) => {
    execFile(PYTHON, run, { cwd: dirname(PYTHON), maxBuffer: 2 ** 26 }, (_, out, err) => resolve(out + err))
  })
}

const APIS = {
  '/api/v1': async (server: TestServer) => (await server.application()).apiKey,
  '/admin/v1': async (server: TestServer) => (await programOf(server)).token,
}

describe.each(ENGINES)('a fuzzer from elsewhere on %s', (engine) => {
  it.each(Object.entries(APIS))('gets no fault of ours out of %s, and is known there', async (api, credential) => {
    await using server = await startServer(engine, { env: ENV })
    const said = await fuzz(`${server.wire.origin}${api}/openapi.json`, await credential(server))
    expect(said).not.toMatch(/server error|401 unauthorized/i)
    expect(Number(/Tested: (\d+)/.exec(said)?.[1])).toBeGreaterThan(5)
    expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})
