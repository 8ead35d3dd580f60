import { expect, it } from 'vitest'
import { joinedGroups, splitGroups } from './group-list.ts'

it.each([
  [[]],
  [['Sales']],
  [['Sales', 'Night shift']],
  [['A; B', 'C']],
  [['C', 'say "hello"; twice', '"quoted"', ';', '"']],
])('groups %j come back as they were written', (names) => {
  expect(splitGroups(joinedGroups(names))).toEqual(names)
})

it.each([
  ['Sales;Night shift ; ', ['Sales', 'Night shift']],
  [' ', []],
  ['5" disks; Sales', ['5" disks', 'Sales']],
  ['"never closed; Sales', ['"never closed', 'Sales']],
])('what people type, %j, is understood', (typed, names) => {
  expect(splitGroups(typed)).toEqual(names)
})
