// The master key, the store, and whether they belong together.
import { statfs } from 'node:fs/promises'
import { random } from '../../assemble.ts'
import { systemClock } from '../../clock.ts'
import type { Config } from '../../config.ts'
import { openSealer } from '../../master-key.ts'
import { signingKeys } from '../../oidc/keys.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { Store } from '../../store/store.ts'
import { problemOf } from '../fault.ts'
import { about, type Finding } from './finding.ts'

const LEAST_FREE_BYTES = 512 * 2 ** 20

export async function checkMasterKey(config: Config, store: Store): Promise<{ finding: Finding; sealer?: Sealer }> {
  const { ok, problem } = about('master key')
  try {
    const sealer = await openSealer(config, store.read, random)
    const where = config.masterKeys ? 'the environment' : 'the data folder'
    return { finding: ok(`There is one, from ${where}.`), sealer }
  } catch (error) {
    return { finding: problem(problemOf(error).message, 'Then run this again.') }
  }
}

export async function checkStore(config: Config, store: Store): Promise<Finding[]> {
  const { ok, problem } = about('store')
  try {
    await store.ping()
    await store.write(writeAndTakeBack)
  } catch (error) {
    return [problem(problemOf(error).message, 'Mend the store, or point COUNTERSIGN_DATA or DATABASE_URL at another.')]
  }
  const name = store.engine === 'sqlite' ? `SQLite in ${config.dataFolder}` : 'PostgreSQL'
  return [
    ok(`${name} can be read and written.`),
    ...(store.engine === 'sqlite' ? [await freeDisk(config.dataFolder)] : []),
  ]
}

/** @throws nothing: a store sealed under another key is a finding */
export async function checkTogether(store: Store, sealer: Sealer): Promise<Finding> {
  const { ok, problem } = about('master key and store')
  try {
    await signingKeys({ store, sealer, clock: systemClock })
    return ok('What is sealed in the store opens.')
  } catch {
    return problem(
      'The secrets in the store were sealed under another master key.',
      'Bring back the master key that was in use; without it nothing can be done with this store.',
    )
  }
}

const writeAndTakeBack: Parameters<Store['write']>[0] = async (tx) => {
  const name = `check-${process.pid}`
  await tx.insertInto('settings').values({ name, value: '' }).execute()
  await tx.deleteFrom('settings').where('name', '=', name).execute()
}

async function freeDisk(folder: string): Promise<Finding> {
  const { ok, problem } = about('disk')
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const told = `${(free / 2 ** 30).toFixed(1)} GiB are free.`
  return free < LEAST_FREE_BYTES ? problem(told, 'Make room: sign-ins stop when the disk is full.') : ok(told)
}
