// What PostgreSQL's own program is told of our secrets.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { backUp } from './backup.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-dump-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('is given the store’s password where nobody else sees it, and no other secret', async () => {
  const program = join(folder, 'pg_dump')
  const lines = ['#!/bin/sh', `echo "$@" > ${folder}/arguments`, `env > ${folder}/environment`, 'echo dumped']
  writeFileSync(program, lines.join('\n'))
  chmodSync(program, 0o700)
  const databaseUrl = 'postgres://countersign:pass%40word@db.example:5433/signs'
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    PGSSLROOTCERT: '/etc/db.pem',
    DATABASE_URL: databaseUrl,
    COUNTERSIGN_MASTER_KEY: 'master',
    COUNTERSIGN_SMTP: 'smtps://mail:secret@mail.example',
  }
  const made = await backUp({ databaseUrl, dataFolder: folder }, join(folder, 'store.backup'), env)
  expect(made).toMatchObject({ bytes: 'dumped\n'.length, format: 'pg_dump' })
  expect(readFileSync(join(folder, 'arguments'), 'utf8')).not.toMatch(/pass|signs|db\.example/)
  const given = readFileSync(join(folder, 'environment'), 'utf8')
  for (const line of ['PGPASSWORD=pass@word', 'PGDATABASE=signs', 'PGSSLROOTCERT=/etc/db.pem'])
    expect(given).toContain(line)
  expect(given).not.toMatch(/COUNTERSIGN|DATABASE_URL|master|secret/)
})
