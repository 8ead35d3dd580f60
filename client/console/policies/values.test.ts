import { expect, it } from 'vitest'
import { PERSON_WIDE, POLICY_MEMBERS, type Policy } from '../../../protocol/policy.ts'
import { chaptersFor, choicesOf, isChoice, MEMBERS } from './fields.ts'
import { changesBetween, valueText } from './values.ts'

it('every member of a policy has its place in the form', () => {
  expect([...MEMBERS].sort()).toEqual([...POLICY_MEMBERS].sort())
})

it('the form of an application has no place for what holds for a person wherever they sign in', () => {
  const membersOf = (scope: string) => new Set(chaptersFor(scope).flatMap(({ members }) => members))
  expect(membersOf('app_1')).toEqual(new Set(MEMBERS).difference(new Set(PERSON_WIDE)))
  for (const scope of ['organisation', 'grp_1', 'usr_1']) expect(membersOf(scope)).toEqual(new Set(MEMBERS))
})

it('every choice has words', () => {
  for (const member of MEMBERS.filter(isChoice))
    for (const value of choicesOf(member)) expect(valueText(member, value)).not.toContain('policies.')
})

it.each([
  ['devices', undefined, 'Not set here'],
  ['devices', 3, '3'],
  ['requestLifetime', 90, '90 seconds'],
  ['moreTime', 5, '5 times as long'],
  ['refusedNetworks', ['10.0.0.0/8', '::1/128'], '10.0.0.0/8, ::1/128'],
  ['refusedNetworks', [], 'None'],
  ['workingHours', [{ days: [1, 7], from: '08:00', until: '18:00', zone: 'UTC' }], 'Mon Sun, 08:00 to 18:00 (UTC)'],
] as const)('%s as %j is told as "%s"', (member, value, expected) => {
  expect(valueText(member, value)).toBe(expected)
})

it('what two documents say alike is no change', () => {
  const from: Policy = { devices: 3, numberMatching: 'on', refusedNetworks: ['10.0.0.0/8'] }
  const to: Policy = { devices: 3, numberMatching: 'off', refusedNetworks: ['10.0.0.0/8'], numberDigits: 6 }
  expect(changesBetween(from, to)).toEqual([
    { member: 'numberMatching', from: 'on', to: 'off' },
    { member: 'numberDigits', from: undefined, to: 6 },
  ])
})
