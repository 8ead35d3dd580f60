import { mkdtempSync } from 'node:fs'
import { start, processorSeconds, type Child } from './processes.ts'
import { LoginLoad } from './logins.ts'
const push = start('push-main.ts') as Child<any, any>
const { origin, caPath } = await push.next()
const server = start('server-main.ts', { PORT: '0', COUNTERSIGN_DATA: mkdtempSync('/tmp/csbench-'), COUNTERSIGN_DEMO: '0', NODE_EXTRA_CA_CERTS: caPath, COUNTERSIGN_PUSH_ORIGINS: origin, COUNTERSIGN_LIMITS: JSON.stringify({ requestsPerUser: { count: 1000000, seconds: 1 }, pendingPerUser: { count: 1000 } }), ...(process.env.PG ? { DATABASE_URL: process.env.PG } : {}) }, process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : []) as Child<any, any>
const { ready, vapidKey, apiKey } = await server.next()
push.send({ subscribe: 500, vapidKey }); const { subscriptions } = await push.next()
server.send({ do: 'people', count: 500, subscriptions }); const { people } = await server.next()
const load = new LoginLoad(ready, apiKey, people, 64)
push.onMessage((m: any) => { for (const p of m.pushes ?? []) load.push(p) })
await load.run(64, 300)
for (const at of [32]) {
const c0 = processorSeconds(server.pid), t0 = performance.now()
const n = await load.run(at, 1500)
const c = processorSeconds(server.pid) - c0, t = (performance.now() - t0) / 1000
console.log(at, n, 'logins', t.toFixed(2), 's wall', c.toFixed(2), 's cpu', (n / c).toFixed(0), 'logins/s/core', (n / t).toFixed(0), '/s wall')
}
server.send({ do: 'stop' }); setTimeout(() => { push.stop(); process.exit() }, 1500)
