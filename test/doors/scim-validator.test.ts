// A SCIM validator that is not ours, against a real server: scim2-tester reads what we say we can do, and then adds,
// reads, replaces, changes and removes every attribute that we say we have.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { PYTHON } from '../support/python.ts'
import { startServer } from '../support/server.ts'
import { programOf } from '../support/wire-operator.ts'

type Found = { title: string; status: string; resource: string | null; reason: string | null }

const SCRIPT = join(import.meta.dirname, 'scim-validator.py')

function validate(address: string, token: string): Promise<Found[]> {
  return new Promise((resolve, reject) => {
    execFile(PYTHON, [SCRIPT, address, token], { maxBuffer: 16 * 1024 * 1024 }, (error, out) => {
      if (error) reject(error)
      else
        resolve(
          out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Found),
        )
    })
  })
}

it.each(ENGINES)('finds nothing to complain about on %s', async (engine) => {
  await using server = await startServer(engine)
  const { token } = await programOf(server, 'provisioning')
  const found = await validate(`${server.wire.origin}/scim/v2`, token)
  expect(found.filter(({ status }) => status !== 'SUCCESS')).toEqual([])
  const titles = new Set(found.map(({ title, resource }) => `${resource ?? ''} ${title}`.trim()))
  for (const resource of ['User', 'Group'])
    for (const check of ['object_creation', 'object_query', 'object_query_without_id', 'object_replacement'])
      expect(titles).toContain(`${resource} ${check}`)
  expect(found.length).toBeGreaterThan(50)
})
