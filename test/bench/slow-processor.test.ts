// Both versions of control groups, in folders that look like the kernel's: no machine has both.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newGroup } from './slow-processor.ts'

let groups: string
beforeEach(() => {
  groups = mkdtempSync(join(tmpdir(), 'countersign-groups-'))
})
afterEach(() => rmSync(groups, { recursive: true, force: true }))

const said = (folder: string | undefined, file: string) => readFileSync(join(folder ?? '', file), 'utf8')

it('gives a quarter of one processor by the first version', () => {
  mkdirSync(join(groups, 'cpu'))
  const group = newGroup(groups)
  expect(group?.root).toBe(join(groups, 'cpu'))
  expect([said(group?.folder, 'cpu.cfs_quota_us'), said(group?.folder, 'cpu.cfs_period_us')]).toEqual(['2000', '8000'])
})

it('gives a quarter of one processor by the second, whose groups share out processors only where told to', () => {
  writeFileSync(join(groups, 'cgroup.subtree_control'), '')
  const group = newGroup(groups)
  expect(group?.root).toBe(groups)
  expect([said(groups, 'cgroup.subtree_control'), said(group?.folder, 'cpu.max')]).toEqual(['+cpu', '2000 8000'])
})

it('makes none where there is nothing to share out, or it may not', () => {
  expect(newGroup(join(groups, 'nowhere'))).toBeUndefined()
  writeFileSync(join(groups, 'cpu'), 'no folder')
  expect(newGroup(groups)).toBeUndefined()
})
