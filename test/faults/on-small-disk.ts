// An installation whose store is on a disk that can be harmed.
import { join } from 'node:path'
import type { Engine } from './fault.ts'
import { Installation } from './installation.ts'
import { OwnPostgres } from './own-postgres.ts'
import { SmallDisk } from './small-disk.ts'

export type OnSmallDisk = AsyncDisposable & {
  disk: SmallDisk
  installation: Installation
  postgres: OwnPostgres | undefined
}

export async function onSmallDisk(engine: Engine): Promise<OnSmallDisk> {
  const disk = SmallDisk.open(engine === 'postgres' ? 256 : 64)
  const postgres = engine === 'postgres' ? await OwnPostgres.open(disk.folder) : undefined
  const where = postgres ? { databaseUrl: await postgres.createDatabase() } : { folder: join(disk.folder, 'data') }
  const installation = await Installation.open(where)
  return {
    ...{ disk, installation, postgres },
    [Symbol.asyncDispose]: async () => {
      await installation[Symbol.asyncDispose]()
      await postgres?.[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    },
  }
}
