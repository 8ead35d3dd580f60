// How many may wait on a process with so many files and so much memory.
import { expect, it } from 'vitest'
import { boundsOf, ownBounds } from './bounds.ts'

const GIB = 1024 ** 3

it.each([
  ['keeps files for itself, and connections for those who do not wait', 20_000, 4 * GIB, 19_744, 18_720],
  ['keeps a quarter of few', 1024, 4 * GIB, 768, 576],
  ['lets somebody in where there is next to nothing', 4, 4 * GIB, 3, 2],
  ['looks at memory where files are many', 1_048_576, 4 * GIB, 262_144, 131_072],
  ['looks at memory alone where files are not counted', Infinity, GIB / 4, 16_384, 8192],
])('%s', (_, files, heapBytes, connections, waiting) => {
  expect(boundsOf({ files, heapBytes, memoryBytes: 64 * GIB })).toMatchObject({ connections, waiting })
})

it('takes no more than half of the memory could hold with a body each, as in a container', () => {
  const container = { files: 524_288, heapBytes: 0.7 * GIB, memoryBytes: GIB }
  expect(boundsOf(container)).toMatchObject({ connections: 5461, waiting: 4437 })
})

it.each([
  [20_000, 1000, 18_744],
  [1024, 128, 640],
])('leaves files to gateways over RadSec: of %i %i', (files, radsec, connections) => {
  expect(boundsOf({ files, heapBytes: 4 * GIB, memoryBytes: 64 * GIB, hasRadsec: true })).toMatchObject({
    radsec,
    connections,
  })
})

it('knows the bounds of its own process', () => {
  const { connections, waiting } = ownBounds()
  expect(waiting).toBeGreaterThan(0)
  expect(waiting).toBeLessThan(connections)
})
