// More is logged for a while, on every server of a store, and then as before.
import { beforeAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'

const LOOK = 5000
const MINUTE = 60_000

describe.each(ENGINES)('the log level on %s', (engine) => {
  const house = wireHouse(engine)
  let program: WireProgram
  beforeAll(async () => {
    program = await programOf(house.server, 'administrator')
  })
  const set = (body: object) => program.call('PUT', '/log-level', body)
  const { clock } = house

  /** Levels of the lines that a call leaves; looks go on until the server has taken up what was said. */
  async function levelsOnce(taken: (levels: string[]) => boolean): Promise<string[]> {
    for (;;) {
      await clock.advance(LOOK)
      house.server.lines.length = 0
      await program.call('GET', '/log-level')
      const levels = house.server.lines.map((line) => JSON.parse(line).level)
      if (taken(levels)) return levels
    }
  }

  it('is another for as long as was said, and the audit log knows who said so', async () => {
    const { body } = await set({ level: 'debug', minutes: 30 })
    expect(body).toMatchObject({ level: 'debug', until: expect.any(String) })
    expect(await levelsOnce((levels) => levels.includes('debug'))).toContain('debug')
    await clock.jump(31 * MINUTE)
    await levelsOnce((levels) => levels.length === 0)
    expect((await program.call('GET', '/log-level')).body).toEqual({ level: null, until: null })
    const rows = await house.server.store.read.selectFrom('audit').selectAll().execute()
    expect(rows.find(({ kind }) => kind === 'log-level-changed')?.detail).toContain('"level":"debug"')
  })

  it('goes back at once where somebody says so, and is no level that there is not', async () => {
    await set({ level: 'debug' })
    await levelsOnce((levels) => levels.includes('debug'))
    expect(said(await set({ level: null }))).toBe('200')
    await levelsOnce((levels) => levels.length === 0)
    for (const wrong of [{ level: 'silent' }, { level: 'debug', minutes: 0 }, { level: 'debug', minutes: 1441 }])
      expect(said(await set(wrong))).toBe('422 invalid')
  })
})
