// What can go wrong on a device, told apart by what a person can do about it.
import type { ProblemDocument } from '../../protocol/problems.ts'
import type { KnownSlug } from './known-problems.ts'

/** The server refused, and said why. */
export class DeviceError extends Error {
  readonly slug: KnownSlug
  readonly document: ProblemDocument
  /** seconds, from `Retry-After` */
  readonly retryAfter: number | undefined

  constructor(slug: KnownSlug, document: ProblemDocument, retryAfter?: number) {
    super(document.detail ?? document.title)
    this.name = 'DeviceError'
    this.slug = slug
    this.document = document
    this.retryAfter = retryAfter
  }
}

export function isRefusal(error: unknown, ...slugs: KnownSlug[]): error is DeviceError {
  return error instanceof DeviceError && (slugs.length === 0 || slugs.includes(error.slug))
}

/** Nobody who speaks our protocol answered: no network, a captive portal, a proxy's error page, a time-out. */
export class Unreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unreachable'
  }
}

export type StorageFault =
  /** the browser's quota is used up: free some space */
  | 'full'
  /** what was kept here has been removed by the browser */
  | 'evicted'
  /** another window holds an older version of the store open: close it */
  | 'blocked'
  /** this browser lets the site keep nothing (private window, policy, damaged profile) */
  | 'unavailable'

export class StorageError extends Error {
  readonly fault: StorageFault

  constructor(fault: StorageFault, options?: ErrorOptions) {
    super(`The device's store is ${fault}.`, options)
    this.name = 'StorageError'
    this.fault = fault
  }
}

/** The unlock key does not open this token: another key, or the stored token was tampered with. */
export class UnsealError extends Error {
  constructor(options?: ErrorOptions) {
    super('The token could not be unlocked with that key.', options)
    this.name = 'UnsealError'
  }
}
