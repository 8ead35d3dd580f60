// What no server on Node can go below, in the same figures as the house: whole logins on bare Hono.
import { EmptyPosts } from './empty-posts.ts'
import type { Figure } from './figures.ts'
import { OwnServer } from './own-server.ts'
import { measured, type Size } from './whole-logins.ts'

/** @param bare microseconds of the curves alone, where known */
export async function floor(size: Size, { inMemory }: { inMemory: boolean }, bare?: number): Promise<Figure[]> {
  const server = await OwnServer.open('floor-main.ts', size, { inMemory })
  const posts = await EmptyPosts.open(size.lanes)
  try {
    return await measured(size, { server, load: server.load, posts }, bare, async () => {
      await server.allWhole()
      return inMemory ? 'nothing kept' : 'journal_mode=wal synchronous=full'
    })
  } finally {
    await posts.close()
    await server.close()
  }
}
