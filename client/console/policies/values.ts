// A member's value in words, and what differs between two documents.
import type { Policy, PolicyMember, WorkingHours } from '../../../protocol/policy.ts'
import { t } from '../../../words/console.ts'
import { MEMBERS, type WholeMember } from './fields.ts'

const UNITS = {
  requestLifetime: 'seconds',
  moreTime: 'times',
  pushPause: 'minutes',
  reportPause: 'minutes',
  activationLife: 'minutes',
  quietHours: 'hoursLong',
} as const satisfies { [Member in WholeMember]?: string }

/** undefined, null: nothing is said. */
export function valueText(member: PolicyMember, value: unknown): string {
  if (value === undefined || value === null) return t('policies.unsaid')
  if (Array.isArray(value)) return listText(member, value)
  if (typeof value === 'number') return numberText(member, value)
  return t(`policies.value.${member}.${String(value)}` as 'policies.value.unlock.none')
}

function listText(member: PolicyMember, value: readonly unknown[]): string {
  if (value.length === 0) return t('policies.none')
  return value.map((one) => (member === 'workingHours' ? hoursText(one as WorkingHours) : String(one))).join(', ')
}

function numberText(member: PolicyMember, count: number): string {
  const unit = UNITS[member as keyof typeof UNITS]
  return unit ? t(`policies.${unit}`, { count }) : String(count)
}

const DAY = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' })
/** @param day 1 Monday to 7 Sunday */
export const dayName = (day: number) => DAY.format(Date.UTC(2024, 0, day))

export function hoursText({ days, from, until, zone }: WorkingHours): string {
  return t('policies.hours', { days: days.map(dayName).join(' '), from, until, zone })
}

export type Change = { member: PolicyMember; from: unknown; to: unknown }

/** What was written differently; order and spelling of a list count. */
export function changesBetween(from: Policy, to: Policy): Change[] {
  return MEMBERS.filter((member) => JSON.stringify(from[member]) !== JSON.stringify(to[member])).map((member) => ({
    member,
    from: from[member],
    to: to[member],
  }))
}
