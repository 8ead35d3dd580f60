// A second server on the folder of a running one is refused with a sentence, and the first one does not notice.

import { countersign } from '../support/wire-process.ts'
import type { Violation } from './checker.ts'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { underLoad } from './under-load.ts'

export const twoServers: Fault = {
  name: 'two servers on one SQLite file',
  engines: ['sqlite'],
  run: async ({ quick }) => {
    await using installation = await Installation.open()
    await installation.start()
    const refused: Violation[] = []
    const times = quick ? 1 : 10
    const report = await underLoad(installation, {
      harm: async (load) => {
        for (let time = 0; time < times; time++) {
          await load.more(5)
          const { code, err } = await countersign({ ...installation.env, PORT: '0' }, ['start'])
          if (code === 0 || !/Another server runs on/.test(err))
            refused.push({ rule: 'made-up', about: 'second server', says: `it ended with ${code}: ${err}` })
        }
        return `started ${times} more while it ran: each was refused with a sentence`
      },
    })
    return { ...report, violations: [...report.violations, ...refused] }
  },
}
