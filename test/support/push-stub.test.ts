import { createServer } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import webpush from 'web-push'
import { Arrivals } from './arrivals.ts'
import { setNotifications } from './chromium.ts'
import { startNotificationDaemon } from './notification-daemon.ts'
import { startPushService } from './push-service.ts'
import { launchWithPush } from './push-stub.ts'

const PAGE = '<!doctype html><title>App</title><script src="/app.js"></script>'
const WORKER = `
  addEventListener('install', (event) => event.waitUntil(skipWaiting()))
  addEventListener('push', (event) => {
    const actions = [{ action: 'approve', title: 'Approve' }]
    event.waitUntil(registration.showNotification(event.data.text(), { actions }))
  })
  const answer = async ({ isTrusted, action }) => {
    const { endpoint } = await registration.pushManager.getSubscription()
    await fetch('/answer', { method: 'POST', body: JSON.stringify({ isTrusted, action, endpoint }) })
  }
  addEventListener('notificationclick', (event) => event.waitUntil(answer(event)))`
const APP = "navigator.serviceWorker.register('/sw.js')"

const answers = new Arrivals<{ isTrusted: boolean; action: string; endpoint: string }>('answer')
const app = createServer(async (request, response) => {
  const files: Record<string, string> = { '/': PAGE, '/app.js': APP, '/sw.js': WORKER }
  if (request.url === '/answer') answers.add(JSON.parse((await request.toArray()).join('')))
  const type = request.url === '/' ? 'text/html' : 'text/javascript'
  response.setHeader('content-security-policy', "default-src 'self'")
  response.setHeader('content-type', type).end(files[request.url ?? ''] ?? '')
})
let origin: string
beforeAll(async () => {
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  origin = `http://localhost:${(app.address() as AddressInfo).port}`
})
afterAll(() => {
  app.closeAllConnections()
  app.close()
})

it('brings a sealed message to a real button, before and after the worker looked for an update', async () => {
  await using service = await startPushService()
  await using desktop = await startNotificationDaemon()
  await using browser = await launchWithPush({ origin, service, env: desktop.env })
  await setNotifications(browser, origin, 'granted')
  const page = await browser.context.newPage()
  await page.goto(origin)

  const vapid = { subject: 'mailto:operator@example.org', ...webpush.generateVAPIDKeys() }
  const subscription = await page.evaluate(async (applicationServerKey) => {
    const { pushManager } = await navigator.serviceWorker.ready
    return (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })).toJSON()
  }, vapid.publicKey)
  const { endpoint } = subscription
  expect(browser.push.subscription()).toEqual(subscription)

  for (const text of ['first', 'second']) {
    const agent = new Agent({ ca: service.ca })
    await webpush.sendNotification(subscription as webpush.PushSubscription, text, { vapidDetails: vapid, agent })
    const notification = await desktop.next(({ summary }) => summary === text)
    await desktop.press(notification, 'Approve')
    expect(await answers.next()).toEqual({ isTrusted: true, action: 'approve', endpoint })
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update())
  }
}, 30_000)
