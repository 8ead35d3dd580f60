// What a browser asked for, and what it complained about: no page of ours may ask elsewhere or break its own policy.
import type { BrowserContext } from '@playwright/test'

export interface Witness {
  /** Every address that was asked for. */
  requested: readonly string[]
  /** Broken policies (CSP, Trusted Types) and errors that nobody caught. */
  complaints: readonly string[]
  /** Those of the addresses that belong to none of these origins. */
  elsewhere(...origins: string[]): string[]
}

const SIGN = 'broken policy:'

export async function witness(context: BrowserContext): Promise<Witness> {
  const requested: string[] = []
  const complaints: string[] = []
  // Runs in the page, whose own console carries the word out.
  await context.addInitScript((sign) => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample, documentURI }) =>
      console.error(sign, effectiveDirective, blockedURI, sample, documentURI),
    )
  }, SIGN)
  context.on('request', (request) => requested.push(request.url()))
  context.on('console', (message) => {
    if (message.text().startsWith(SIGN)) complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  return {
    requested,
    complaints,
    elsewhere: (...origins) => {
      const ours = new Set(origins)
      return requested.filter((url) => /^(https?|wss?):/.test(url) && !ours.has(new URL(url).origin))
    },
  }
}
