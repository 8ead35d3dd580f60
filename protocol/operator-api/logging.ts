// /admin/v1/log-level: how much the servers write to their logs, for a while.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'

export const logLevelName = z.enum(['debug', 'info', 'warn', 'error'])
export type LogLevelName = z.infer<typeof logLevelName>

export const logLevelView = z.object({
  /** null: what each server's own setting says */
  level: z.nullable(logLevelName),
  until: z.nullable(timestampSchema),
})
export type LogLevelView = z.infer<typeof logLevelView>

const why = 'must be from 1 to 1440 minutes'
export const setLogLevelCall = z.object({
  /** null: back to what each server's own setting says, at once */
  level: z.nullable(logLevelName),
  minutes: z._default(z.int(why).check(z.minimum(1, why), z.maximum(1440, why)), 60),
})
