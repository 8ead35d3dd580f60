import { expect, test } from 'vitest'
import type { Decided } from '../../protocol/device-api.ts'
import { anInstallation, aRequest, requestId } from '../../test/support/device/installation.ts'
import { recentDecision, rememberDecision } from './recent.ts'
import type { RecentDecision } from './schema.ts'
import type { DeviceStore } from './store.ts'

const APPROVED: Decided = { state: 'approved', reason: null }
const mine = aRequest({ id: requestId('1') })
const another = aRequest({ id: requestId('2') })
const anothers = aRequest({ id: requestId('3'), username: 'bob' })

async function remember(store: DeviceStore, decision: Omit<RecentDecision, 'at'>, at = 0): Promise<void> {
  await store.write(...(await rememberDecision(store, { ...decision, at })))
}

test('a report is not taken back by the answer to an earlier decision that comes late', async () => {
  const { store } = await anInstallation()
  await remember(store, { request: mine, verdict: 'report', decided: APPROVED })
  await remember(store, { request: mine, verdict: 'approve', decided: APPROVED })
  expect(await recentDecision(store, mine.id)).toMatchObject({ verdict: 'report' })
})

test('after a report nobody’s word counts for this user’s approvals but the server’s', async () => {
  const { store } = await anInstallation()
  for (const request of [mine, another, anothers])
    await remember(store, { request, verdict: 'approve', decided: APPROVED })
  await remember(store, { request: mine, verdict: 'report', decided: APPROVED })
  expect(await recentDecision(store, mine.id)).toMatchObject({ verdict: 'report', decided: APPROVED })
  expect(await recentDecision(store, another.id)).toBeUndefined()
  expect(await recentDecision(store, anothers.id)).toMatchObject({ verdict: 'approve' })
})

test('what is older than ten minutes makes room', async () => {
  const { store } = await anInstallation()
  await remember(store, { request: mine, verdict: 'deny' })
  await remember(store, { request: another, verdict: 'deny' }, 600_000)
  expect(await store.all('recent')).toMatchObject([{ request: { id: another.id } }])
})
