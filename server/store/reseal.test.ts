// What is not on the list of sealed columns would be lost with the former master key.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SEALED } from './reseal.ts'

const SERVER = join(import.meta.dirname, '..')
/** Sealed and handed to a browser for some minutes: never stored. */
const NOT_STORED = ['operator_challenges']

/** Each `{ table: '…', column: '…' }` in the server's code, wherever it stands. */
function cellsNamed(): { table: string; column: string | undefined }[] {
  const files = globSync('**/*.ts', { cwd: SERVER }).filter((file) => !file.endsWith('.test.ts'))
  return files.flatMap((file) =>
    [...readFileSync(join(SERVER, file), 'utf8').matchAll(/\{\s*table: '(\w+)',\s*column(?:: '(\w+)')?/g)].map(
      ([, table = '', column]) => ({ table, column }),
    ),
  )
}

it('every cell that the code seals for is brought under a new master key', () => {
  const cells = cellsNamed().filter(({ table }) => !NOT_STORED.includes(table))
  expect(cells.length).toBeGreaterThan(10)
  for (const { table, column } of cells) {
    const columns = SEALED.find((sealed) => sealed.table === table)?.columns
    expect(columns, table).toBeDefined()
    if (column) expect(columns, table).toContain(column)
  }
})
