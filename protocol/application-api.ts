// /api/v1: what applications say to the server.
import * as z from 'zod/mini'
import { purpose } from './login-request.ts'
import { plainText, username } from './text.ts'

const ip = z.string().check(z.maxLength(45))
const userAgent = plainText(0, 512)

export const newLoginRequest = z.object({
  username,
  purpose: z.optional(purpose),
  context: z.optional(
    z.object({
      ip: z.optional(ip),
      userAgent: z.optional(userAgent),
      resource: z.optional(plainText(0, 128)),
      message: z.optional(plainText(0, 200)),
    }),
  ),
})
export type NewLoginRequest = z.infer<typeof newLoginRequest>

/** 1–128 printable ASCII characters. */
export const idempotencyKey = z.string().check(z.regex(/^[\x20-\x7e]{1,128}$/))

export const waitQuery = z.object({
  wait: z.optional(
    z.pipe(
      z.string().check(z.regex(/^\d{1,3}$/)),
      z.pipe(z.transform(Number), z.int().check(z.minimum(0), z.maximum(60))),
    ),
  ),
  since: z.optional(z.pipe(z.string().check(z.regex(/^\d{1,16}$/)), z.pipe(z.transform(Number), z.number()))),
})

export const redeemCall = z.object({ secret: plainText(0, 1024), passcode: plainText(0, 1024) })

/** Spaces are people's, not the passcode's. */
export const typedPasscode = z.pipe(
  z.pipe(
    plainText(0, 1024),
    z.transform((typed: string) => typed.replace(/\s/g, '')),
  ),
  z.string().check(z.regex(/^\d+$/, 'must be digits')),
)

export const verifyCall = z.object({
  username,
  passcode: typedPasscode,
  context: z.optional(z.object({ ip: z.optional(ip), userAgent: z.optional(userAgent) })),
})
