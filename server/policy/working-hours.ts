// Whether it is a time at which people sign in, on the clock of a place: summer time is the zone's matter.
import type { WorkingHours } from '../../protocol/policy.ts'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const clocks = new Map<string, Intl.DateTimeFormat>()

export function isZone(zone: string): boolean {
  try {
    clockOf(zone)
    return true
  } catch {
    return false
  }
}

/** Any of them will do: who works two shifts works at both. */
export function isWorkingTime(hours: readonly WorkingHours[], now: number): boolean {
  return hours.some((window) => isIn(window, now))
}

/** A window that ends before it begins goes on into the next day, and belongs to the day it began. */
function isIn({ zone, days, from, until }: WorkingHours, now: number): boolean {
  const { day, time } = localTime(zone, now)
  const yesterday = ((day + 5) % 7) + 1
  if (from < until) return days.includes(day) && time >= from && time < until
  return (days.includes(day) && time >= from) || (days.includes(yesterday) && time < until)
}

/** @returns 1 Monday to 7 Sunday, and 'HH:MM' */
function localTime(zone: string, now: number): { day: number; time: string } {
  const parts = clockOf(zone).formatToParts(now)
  const part = (type: string) => parts.find((known) => known.type === type)?.value ?? ''
  return { day: DAYS.indexOf(part('weekday')) + 1, time: `${part('hour')}:${part('minute')}` }
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known) return known
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  clocks.set(zone, clock)
  return clock
}
