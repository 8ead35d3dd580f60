// Enrols the browser by the app's own parts, without its screens. Bundled and run in a page of the app's origin.
import * as z from 'zod/mini'
import { describeDevice } from '../../client/app/enrol/device-name.ts'
import { workerScript } from '../../client/app/worker-script.ts'
import { activate, type Device, openDevice, openEnrolment, subscribe } from '../../client/device/index.ts'
import { subscription } from '../../protocol/device-api.ts'

declare global {
  /** @param activationUrl of a token without unlock */
  var enrolHere: (activationUrl: string) => Promise<void>
}

globalThis.enrolHere = async (activationUrl) => {
  z.config({ jitless: true })
  await navigator.serviceWorker.register(workerScript())
  const device = await openDevice(location.origin)
  const enrolment = await openEnrolment(device, activationUrl)
  await activate(device, enrolment, {
    device: await describeDevice(navigator),
    subscription: await subscribed(device, enrolment.offer.vapidKey),
  })
}

async function subscribed({ clock }: Device, vapidKey: string) {
  const registration = await navigator.serviceWorker.ready
  return subscription.parse((await subscribe({ registration, clock, vapidKey })).toJSON())
}
