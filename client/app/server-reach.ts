// Whether the server can be reached, whose it is, and whether it still knows this device. The browser's own idea of
// being online chooses words only: it is often wrong, and nothing depends on it.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { DEFAULT_LIMITS } from '../../protocol/limits.ts'
import {
  isRefusal,
  type Organisation,
  refreshOrganisation,
  StorageError,
  storedOrganisation,
  Unreachable,
} from '../device/index.ts'
import { useDevice } from './this-device.ts'

/** An app that is left open for days hears of a subscription that ended, or a new key, only by asking. */
const STALE_AFTER_MS = 15 * 60_000

/** Until the server has said otherwise. */
const USUAL_PAUSE_S = DEFAULT_LIMITS.pushPause.seconds

export const useServer = defineStore('server', () => {
  const device = useDevice()
  const organisation = shallowRef<Organisation>()
  const reached = shallowRef(true)
  const online = shallowRef(navigator.onLine)
  /** the organisation removed this device */
  const removed = shallowRef(false)
  /** the browser has removed what was kept here */
  const evicted = shallowRef(false)
  /** whether the server was asked since this page was opened; it corrects a clock that went wrong, so none is believed before */
  const asked = shallowRef(false)
  /** whether the server has a push subscription of this device, where it has said so */
  const subscribed = shallowRef<boolean>()
  let refreshedAt = Number.NEGATIVE_INFINITY
  /** push is paused for this person, as the server said when it was asked last */
  const pausedUntil = shallowRef<string>()
  const pauseMinutes = computed(() => Math.ceil((organisation.value?.pauseSeconds ?? USUAL_PAUSE_S) / 60))
  const state = computed(() => (reached.value ? 'reached' : online.value ? 'unreachable' : 'offline'))

  /** Takes notice of what a failed call says. @returns false for a defect of ours */
  function notice(error: unknown): boolean {
    if (error instanceof Unreachable) reached.value = false
    else if (isRefusal(error)) reached.value = true
    if (isRefusal(error, 'unknown-device')) removed.value = true
    if (error instanceof StorageError && error.fault === 'evicted') evicted.value = true
    return error instanceof Unreachable || isRefusal(error) || error instanceof StorageError
  }

  /** Runs a call and takes notice of how it went; errors go on to the caller. */
  async function observe<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call()
      reached.value = true
      asked.value = true
      return answer
    } catch (error) {
      notice(error)
      throw error
    }
  }

  /** The same for what is only brought up to date: whether it went well is seen in the line at the top. */
  async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await observe(call)
    } catch (error) {
      if (!notice(error)) throw error
      return undefined
    }
  }

  async function load(): Promise<void> {
    organisation.value = await storedOrganisation(device.store)
  }

  async function refresh(): Promise<void> {
    const told = await attempt(() => refreshOrganisation(device))
    asked.value = true
    if (!told) return
    refreshedAt = device.clock.local()
    organisation.value = told.organisation
    subscribed.value = told.subscribed
    pausedUntil.value = told.pausedUntil
  }

  /** Whether it is long ago that the server said how things stand. */
  function isStale(): boolean {
    return device.clock.local() - refreshedAt >= STALE_AFTER_MS
  }

  return {
    organisation,
    state,
    online,
    removed,
    evicted,
    asked,
    subscribed,
    pausedUntil,
    pauseMinutes,
    reached,
    notice,
    observe,
    attempt,
    load,
    refresh,
    isStale,
  }
})
