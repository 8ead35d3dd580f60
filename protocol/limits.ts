// The limits by name, with their defaults; an installation overrides them by these names.
import * as z from 'zod/mini'

const count = z.int().check(z.minimum(1))
const seconds = z.number().check(z.positive())

export const limitsSchema = z.strictObject({
  requestLifetime: z.strictObject({ seconds }),
  redeemWindow: z.strictObject({ seconds }),
  requestsPerUser: z.strictObject({ count, seconds }),
  pendingPerUser: z.strictObject({ count }),
  refusalsInARow: z.strictObject({ count }),
  unansweredInARow: z.strictObject({ count }),
  pushPause: z.strictObject({ seconds }),
  wrongNumbers: z.strictObject({ count }),
  wrongPasscodes: z.strictObject({ count }),
  enrolmentOpens: z.strictObject({ count, seconds }),
  verifiesPerUserAndApplication: z.strictObject({ count, seconds }),
  signInsPerAddress: z.strictObject({ count, seconds }),
  passwordsPerUser: z.strictObject({ count, seconds }),
  directoryPasswords: z.strictObject({ count, seconds }),
  devicesPerUser: z.strictObject({ count }),
  provisioningCalls: z.strictObject({ count, seconds }),
  radiusPerClient: z.strictObject({ count, seconds }),
  authorizationsPerAddress: z.strictObject({ count, seconds }),
  oidcCallsPerAddress: z.strictObject({ count, seconds }),
})

export type Limits = z.infer<typeof limitsSchema>

export const DEFAULT_LIMITS: Limits = {
  requestLifetime: { seconds: 60 },
  redeemWindow: { seconds: 60 },
  requestsPerUser: { count: 5, seconds: 60 },
  pendingPerUser: { count: 3 },
  refusalsInARow: { count: 3 },
  unansweredInARow: { count: 5 },
  pushPause: { seconds: 900 },
  wrongNumbers: { count: 3 },
  wrongPasscodes: { count: 10 },
  enrolmentOpens: { count: 10, seconds: 60 },
  verifiesPerUserAndApplication: { count: 30, seconds: 60 },
  signInsPerAddress: { count: 30, seconds: 60 },
  passwordsPerUser: { count: 20, seconds: 3600 },
  directoryPasswords: { count: 4, seconds: 1800 },
  devicesPerUser: { count: 10 },
  provisioningCalls: { count: 3000, seconds: 60 },
  radiusPerClient: { count: 600, seconds: 60 },
  authorizationsPerAddress: { count: 300, seconds: 60 },
  oidcCallsPerAddress: { count: 6000, seconds: 60 },
}
