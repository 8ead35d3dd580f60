// A token being added, step by step. What has been done is kept on the device, so that leaving loses nothing.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Subscription } from '../../../protocol/device-api.ts'
import {
  type Activation,
  abandonEnrolment,
  activate,
  atStep,
  currentEnrolment,
  type Enrolment,
  type EnrolmentStep,
  openEnrolment,
  withCredential,
} from '../../device/index.ts'
import { useNotifications } from '../notifications/notifications-store.ts'
import { usePreferences } from '../preferences-store.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useTokens } from '../tokens/tokens-store.ts'
import { describeDevice } from './device-name.ts'
import { installOffer } from './install-prompt.ts'
import { offeredCode } from './offered-code.ts'
import { nextStep, stepsOf } from './steps.ts'

export const useEnrol = defineStore('enrol', () => {
  const device = useDevice()
  const server = useServer()
  const tokens = useTokens()
  const preferences = usePreferences()
  const notifications = useNotifications()
  const enrolment = shallowRef<Enrolment>()
  const subscription = shallowRef<Subscription>()
  const step = computed(() => enrolment.value?.step)
  const steps = computed(() =>
    stepsOf(
      enrolment.value?.offer.token.unlock ?? 'none',
      installOffer.value !== undefined || step.value === 'install',
    ),
  )

  async function resume(): Promise<void> {
    enrolment.value = await currentEnrolment(device.store)
  }

  async function open(input: string): Promise<void> {
    enrolment.value = await server.observe(() => openEnrolment(device, input))
    offeredCode.value = undefined
  }

  async function goTo(next: EnrolmentStep): Promise<void> {
    if (enrolment.value) enrolment.value = await atStep(device.store, enrolment.value, next)
  }

  /** @returns false where the last step is done and only the activation is left */
  async function advance(): Promise<boolean> {
    const next = step.value && nextStep(steps.value, step.value)
    if (next) await goTo(next)
    return next !== undefined
  }

  async function keepCredential(credentialId: string): Promise<void> {
    if (enrolment.value) enrolment.value = await withCredential(device.store, enrolment.value, credentialId)
  }

  async function finish(unlocked?: Activation['unlocked'], password?: string): Promise<void> {
    if (!enrolment.value) return
    const given = enrolment.value
    subscription.value ??= await notifications.subscribed(given.offer.vapidKey)
    const activation = {
      device: await naming(),
      ...(subscription.value && { subscription: subscription.value }),
      ...(unlocked && { unlocked }),
      ...(password && { password }),
    }
    await server.observe(() => activate(device, given, activation))
    unlocked?.prfOutput.fill(0)
    server.removed = false
    await server.load()
    await tokens.load()
  }

  function naming(): Promise<Activation['device']> {
    return describeDevice(navigator, preferences.current.deviceName)
  }

  /** Once the token is there: what was kept of the enrolment is gone from the device already. */
  function close(): void {
    enrolment.value = undefined
  }

  async function abandon(): Promise<void> {
    await abandonEnrolment(device.store)
    enrolment.value = undefined
    offeredCode.value = undefined
  }

  return {
    enrolment,
    subscription,
    step,
    steps,
    resume,
    open,
    goTo,
    advance,
    keepCredential,
    finish,
    naming,
    close,
    abandon,
  }
})
