// Connections that are lost while many read over them.
import { expect, inject, it } from 'vitest'
import { TcpProxy } from '../../test/faults/tcp-proxy.ts'
import { ENGINES } from '../../test/support/engines.ts'
import { isOutage } from './outage.ts'
import { SharedReads } from './shared-reads.ts'

it.runIf(ENGINES.includes('postgres'))(
  'reads go on after each connection that is lost in their middle, and nothing is left open',
  async () => {
    await using proxy = await TcpProxy.open(inject('postgresUrl'))
    const reads = new SharedReads(proxy.url)
    let isOver = false
    let answered = 0
    const lane = async () => {
      while (!isOver)
        await reads.query('select 1', []).then(
          () => answered++,
          () => new Promise((resolve) => setImmediate(resolve)),
        )
    }
    const lanes = Array.from({ length: 8 }, lane)
    for (let cut = 0; cut < 40; cut++) {
      const before = answered
      await expect.poll(() => answered, { interval: 1 }).toBeGreaterThan(before + 20)
      proxy.cut()
    }
    isOver = true
    await Promise.all(lanes)
    await reads.close()
    await expect.poll(() => proxy.open).toBe(0)
  },
)

it.runIf(ENGINES.includes('postgres'))(
  'a read on a connection that was dropped without a word fails as an outage, and the next ones are answered',
  async () => {
    await using proxy = await TcpProxy.open(inject('postgresUrl'))
    const reads = new SharedReads(proxy.url, undefined, 300)
    // Each over another connection, and none over one that is still to be made.
    await reads.query('select 1', [])
    await reads.query('select 1', [])
    proxy.silence()
    const lost = await Promise.allSettled([reads.query('select 1', []), reads.query('select 1', [])])
    expect(lost.map((read) => read.status === 'rejected' && isOutage(read.reason))).toEqual([true, true])
    await expect
      .poll(() =>
        reads.query('select 2 as two', []).then(
          ({ rows }) => rows,
          () => [],
        ),
      )
      .toEqual([{ two: 2 }])
    await reads.close()
  },
)

it.runIf(ENGINES.includes('postgres'))('a read that fails takes no other of its packet along', async () => {
  const reads = new SharedReads(inject('postgresUrl'))
  const asked = ['select 1 as n', 'select 1 / 0 as n', 'select 2 as n'].map((text) => reads.query(text, []))
  const noValue = reads.query('select $1::text[] as n', [['a', 'b']])
  const last = reads.query('select $1::text as n', ['3'])
  const outcomes = await Promise.allSettled([...asked, noValue, last])
  expect(outcomes.map((read) => (read.status === 'fulfilled' ? read.value.rows : read.reason))).toEqual([
    [{ n: 1 }],
    expect.objectContaining({ code: '22012' }),
    [{ n: 2 }],
    expect.any(TypeError),
    [{ n: '3' }],
  ])
  await reads.close()
})

it.runIf(ENGINES.includes('postgres'))('reads come back after new connections, too, had no answer', async () => {
  await using proxy = await TcpProxy.open(inject('postgresUrl'))
  const reads = new SharedReads(proxy.url, undefined, 300)
  proxy.silenceNew(true)
  for (let slot = 0; slot < 2; slot++) {
    const [lost] = await Promise.allSettled([reads.query('select 1', [])])
    expect(lost.status === 'rejected' && isOutage(lost.reason)).toBe(true)
  }
  proxy.silenceNew(false)
  expect((await reads.query('select 2 as two', [])).rows).toEqual([{ two: 2 }])
  await reads.close()
})
