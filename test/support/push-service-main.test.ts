import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Agent as FetchAgent, fetch } from 'undici'
import { expect, it } from 'vitest'
import webpush from 'web-push'

const main = fileURLToPath(new URL('./push-service-main.ts', import.meta.url))

it('counts messages as a process of its own', async () => {
  const child = spawn(process.execPath, [main, '--count'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { origin, caPath } = JSON.parse(line) as { origin: string; caPath: string }
  const ca = readFileSync(caPath, 'utf8')
  const dispatcher = new FetchAgent({ connect: { ca } })

  const order = { method: 'POST', body: JSON.stringify({ count: 3 }), dispatcher }
  const made = (await (await fetch(`${origin}/_subscriptions`, order)).json()) as {
    subscriptions: webpush.PushSubscription[]
  }
  expect(made.subscriptions).toHaveLength(3)
  for (const subscription of made.subscriptions) {
    const { statusCode } = await webpush.sendNotification(subscription, 'x', { agent: new Agent({ ca }) })
    expect(statusCode).toBe(201)
  }
  expect(await (await fetch(`${origin}/_stats`, { dispatcher })).json()).toMatchObject({
    messages: 3,
    subscriptions: 3,
  })

  child.kill('SIGTERM')
  await once(child, 'exit')
})
