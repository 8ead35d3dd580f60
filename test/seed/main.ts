// `npm run seed`: see CONTRIBUTING.md. It writes to the store that `npm start` would use, by the same variables.
import { parseArgs } from 'node:util'
import { openStore, random } from '../../server/assemble.ts'
import { openSigner } from '../../server/audit/chain/mark.ts'
import { systemClock } from '../../server/clock.ts'
import { readConfig } from '../../server/config.ts'
import { argon2Passwords } from '../../server/directory/passwords.ts'
import { masterKeysOf } from '../../server/master-key.ts'
import { sealerOf } from '../../server/store/sealer.ts'
import { type Amounts, reasonAgainst, sow } from './seed.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '2000' },
    requests: { type: 'string', default: '20000' },
    audit: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    yes: { type: 'boolean', default: false },
  },
})

function amount(name: 'users' | 'requests' | 'audit' | 'seed', least: number): number {
  const number = Number(values[name].replaceAll('_', ''))
  if (!Number.isSafeInteger(number) || number < least)
    throw new RangeError(`--${name} must be a number from ${least} on`)
  return number
}

const amounts: Amounts = {
  users: amount('users', 10),
  requests: amount('requests', 1),
  audit: amount('audit', 0),
  seed: amount('seed', 1),
}
const config = readConfig(process.env)
const sealer = sealerOf(() => masterKeysOf(config, random), random)
const store = await openStore(config)
const place = config.databaseUrl ? 'the PostgreSQL of DATABASE_URL' : config.dataFolder
try {
  const against = await reasonAgainst(store)
  if (against && !values.yes) {
    console.error(
      `${place} is left as it is. ${against} To add to it all the same, say --yes, and --seed another number.`,
    )
    process.exitCode = 1
  } else {
    const began = performance.now()
    const auditSigner = await openSigner({ store, sealer })
    const passwords = argon2Passwords(random)
    await sow({ store, clock: systemClock, random, sealer, auditSigner, passwords }, amounts, progress())
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(
      `${place}: ${amounts.users} people, ${amounts.requests} requests, ${amounts.audit} entries in ${seconds} s.`,
    )
  }
} finally {
  await store.close()
}

/** A line every few seconds. */
function progress(): (line: string) => void {
  let told = performance.now()
  return (line) => {
    if (performance.now() - told < 5000) return
    told = performance.now()
    console.log(line)
  }
}
