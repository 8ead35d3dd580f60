// The chain keeps up with what happens, by turns that hold up nobody.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/clock.ts'
import { ENGINES, openStore } from '../../../test/support/engines.ts'
import { newSealer, random } from '../../../test/support/enrolled.ts'
import { openMeters } from '../../metrics/meters.ts'
import type { Store } from '../../store/store.ts'
import { verifyStore } from '../export.ts'
import { recordAll } from '../record.ts'
import { openSigner } from './mark.ts'
import { keepSealed, type SealNeeds } from './seal.ts'

describe.each(ENGINES)('sealing on %s', (engine) => {
  let store: Store
  let needs: SealNeeds
  const clock = new ManualClock()
  beforeAll(async () => {
    store = await openStore(engine)
    needs = { store, clock, random, auditSigner: await openSigner({ store, sealer: newSealer() }) }
    await keepSealed(needs, new AbortController().signal)
  })
  afterAll(() => store.close())

  const happen = (count: number) =>
    store.write((tx) =>
      recordAll(
        tx,
        Array.from({ length: count }, () => ({ at: clock.now(), kind: 'signed-in' as const })),
      ),
    )

  it('goes on until nothing waits, and tells how far behind it is', async () => {
    const meters = openMeters({ hasSyslog: false, clock })
    meters.measuring(store)
    const behind = async () => /^countersign_audit_unsealed_seconds (\S+)$/m.exec(await meters.text())?.[1]
    await happen(1200)
    await clock.jump(90_000)
    expect(await behind()).toBe('90')
    await keepSealed(needs, new AbortController().signal)
    expect(await behind()).toBe('0')
    const verified = await verifyStore({ ...needs, organisation: { name: 'Meridian' } })
    expect(verified).toMatchObject({ ok: true, entries: 1200 })
  })

  it('lets others write between its batches, and ends when the process stops', async () => {
    const stopping = new AbortController()
    let batches = 0
    const counted: Store = {
      ...store,
      write: async (work) => {
        const done = await store.write(work)
        if (++batches === 2) stopping.abort()
        return done
      },
    }
    await happen(1200)
    await keepSealed({ ...needs, store: counted }, stopping.signal)
    const left = await store.read.selectFrom('audit').select('seq').where('position', 'is', null).execute()
    expect(left.length).toBe({ sqlite: 1120, postgres: 200 }[engine])
  })
})
