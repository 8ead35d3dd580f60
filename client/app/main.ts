import { createPinia } from 'pinia'
import { createApp } from 'vue'
import * as z from 'zod/mini'
import '../ui/base.css'
import { type Device, openDevice } from '../device/index.ts'
import AppShell from './app-shell.vue'
import { canRun } from './can-run.ts'
import { showNoStorage, showTooOld } from './cannot-start.ts'
import { takeActivationCode } from './enrol/activation-fragment.ts'
import { listenForInstall } from './enrol/install-prompt.ts'
import { makeRouter } from './router.ts'
import { THIS_DEVICE } from './this-device.ts'
import { receiveMail } from './worker-mail.ts'

// Checking by compiled code would need `unsafe-eval`, which our pages never allow.
z.config({ jitless: true })

// Before anything else: the code must not stay in the address, where history, screens and extensions see it.
const code = takeActivationCode(location, history)
receiveMail(navigator.serviceWorker)

async function start() {
  listenForInstall(window)
  const root = document.getElementById('app')
  if (!root) throw new Error('the page has no place for the app')
  if (!canRun(globalThis)) return showTooOld(root)
  try {
    mount(root, await openDevice(location.origin))
  } catch (error) {
    showNoStorage(root, error)
  }
}

function mount(root: Element, device: Device) {
  const app = createApp(AppShell, { code })
  app.use(createPinia())
  app.provide(THIS_DEVICE, device)
  app.use(makeRouter())
  app.mount(root)
}

start()
