// `COUNTERSIGN_LIMITS`: some of the limits, by name, laid over the defaults.
import { DEFAULT_LIMITS, type Limits, limitsSchema } from '../protocol/limits.ts'
import { Fault } from './config-values.ts'

/** @param text JSON, e.g. `{"requestsPerUser":{"count":10}}`: what is not named keeps its default */
export function limitsFrom(text: string): Limits {
  const given = parsed(text)
  const merged: Record<string, unknown> = { ...DEFAULT_LIMITS }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      throw new Fault(`names no limit by ${quoted(name)}; there are ${Object.keys(DEFAULT_LIMITS).join(', ')}`)
    }
    if (!isRecord(value)) throw new Fault(`must give ${name} as an object such as ${example(name as keyof Limits)}`)
    merged[name] = { ...DEFAULT_LIMITS[name as keyof Limits], ...value }
  }
  const { success, data, error } = limitsSchema.safeParse(merged)
  if (success) return data
  const path = error.issues[0]?.path ?? []
  const name = String(path[0]) as keyof Limits
  throw new Fault(`must give ${name} as ${example(name)}: counts are whole and at least 1, seconds more than 0`)
}

function parsed(text: string): Record<string, unknown> {
  const fault = new Fault('must be a JSON object such as {"requestsPerUser":{"count":10}}')
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    throw fault
  }
  throw fault
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const example = (name: keyof Limits) => JSON.stringify(DEFAULT_LIMITS[name])
const quoted = (name: string) => JSON.stringify(name.slice(0, 40))
