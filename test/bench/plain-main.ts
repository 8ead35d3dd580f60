// The plain way to the same login, to measure beside: Express, web-push as it comes, jose, and SQLite with one
// transaction a step. It has no limits, no policies, no audit log and no second look at anything.
import { createHash, createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import express from 'express'
import { compactVerify, importJWK } from 'jose'
import webPush from 'web-push'
import { bindingText } from '../../protocol/binding.ts'
import type { DeviceRequest } from '../../protocol/device-api.ts'
import { truncate } from '../../protocol/hotp.ts'
import { PUSH_SUITE, questionInput } from '../../protocol/ocra.ts'
import type { FromOwn, ToOwn } from './own-server.ts'

type Row = { id: string; username: string; secret: string; number: string; shown: string; state: string; sent: number }
type Device = { username: string; token: string; key: string; ocra_key: string; subscription: string }

const db = new DatabaseSync(process.env.BENCH_STORE ?? '')
db.exec('pragma journal_mode = wal; pragma synchronous = full')
db.exec(
  'create table devices (id text primary key, username text, token text, key text, ocra_key text, subscription text)',
)
db.exec('create index devices_by_user on devices (username)')
db.exec(`create table requests (id text primary key, username text, secret text, number text, shown text, state text,
  sent integer default 0, passcode text, decision text, created_at integer, redeemed_at integer)`)
db.exec('create table audit (id integer primary key, at integer, kind text, request text)')
const get = <T>(sql: string, ...values: string[]) => db.prepare(sql).get(...values) as T | undefined
const run = (sql: string, ...values: (string | number)[]) => db.prepare(sql).run(...values)

/** One step is one transaction, with its entry in the log. */
function step(kind: string, request: string, work: () => void): void {
  db.exec('begin immediate')
  try {
    work()
    run('insert into audit (at, kind, request) values (?, ?, ?)', Date.now(), kind, request)
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}

const apiKey = randomBytes(16).toString('hex')
const vapid = webPush.generateVAPIDKeys()
webPush.setVapidDetails('mailto:admin@harbour.example', vapid.publicKey, vapid.privateKey)
const changes = new EventEmitter().setMaxListeners(0)
const sha256 = (text: string) => createHash('sha256').update(text).digest()
const requestOf = (id: string) => get<Row & { passcode: string | null }>('select * from requests where id = ?', id)

const app = express()
app.use(express.json(), express.text({ type: 'application/jose' }))
app.use('/api', (req, res, next) => {
  if (req.get('authorization') === `Bearer ${apiKey}`) next()
  else res.status(401).end()
})

app.post('/api/v1/login-requests', async (req, res) => {
  const { username, context } = req.body as { username: string; context: Record<string, unknown> }
  const device = get<Device>('select * from devices where username = ?', username)
  if (!device) return void res.status(404).end()
  const [id, secret, number] = [
    `req_${randomUUID()}`,
    randomBytes(16).toString('base64url'),
    String(randomInt(10, 100)),
  ]
  const shown = {
    ...{ id, purpose: 'sign-in', nonce: randomBytes(16).toString('base64url'), token: device.token, username, context },
    ...{ application: { id: 'app_1', name: 'Bench' }, number: { digits: 2 }, unlock: 'none', approval: 'standard' },
  }
  step('requested', id, () =>
    run(
      `insert into requests (id, username, secret, number, shown, state, created_at) values (?, ?, ?, ?, ?, 'pending', ?)`,
      ...[id, username, sha256(secret).toString('hex'), number, JSON.stringify(shown), Date.now()],
    ),
  )
  res.status(201).json({ id, secret, number, state: 'pending' })
  const document = { web_push: 8030, countersign: { v: 1, kind: 'login-request', request: shown } }
  await webPush.sendNotification(JSON.parse(device.subscription), JSON.stringify(document), {
    TTL: 60,
    urgency: 'high',
  })
  step('sent', id, () => run('update requests set sent = 1 where id = ?', id))
  changes.emit(id)
})

app.get('/api/v1/login-requests/:id/events', async (req, res) => {
  const { id } = req.params
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (;;) {
    const row = requestOf(id)
    const delivery = row?.sent ? 'sent' : 'queued'
    const view = { id, state: row?.state, delivery, ...(row?.passcode && { passcode: row.passcode }) }
    res.write(`event: state\ndata: ${JSON.stringify(view)}\n\n`)
    if (row?.state !== 'pending') break
    await once(changes, id)
  }
  res.end()
})

app.post('/device/v1/decisions', async (req, res) => {
  const jws = req.body as string
  const { kid = '' } = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as { kid?: string }
  const device = get<Device>('select * from devices where id = ?', kid)
  if (!device) return void res.status(404).end()
  const { payload } = await compactVerify(jws, await importJWK(JSON.parse(device.key), 'ES256'))
  const said = JSON.parse(new TextDecoder().decode(payload)) as { request: string; binding: string; passcode: string }
  const row = requestOf(said.request)
  if (row?.state !== 'pending') return void res.status(409).end()
  const shown = JSON.parse(row.shown) as DeviceRequest
  const binding = sha256(bindingText({ ...shown, request: shown.id, number: row.number }))
  const mac = createHmac('sha256', Buffer.from(device.ocra_key, 'base64url'))
  const passcode = truncate(mac.update(questionInput(PUSH_SUITE, binding)).digest(), 8)
  if (said.binding !== binding.toString('base64url') || said.passcode !== passcode) return void res.status(403).end()
  step('approved', row.id, () =>
    run(`update requests set state = 'approved', passcode = ?, decision = ? where id = ?`, passcode, jws, row.id),
  )
  changes.emit(row.id)
  res.json({ state: 'approved', reason: null })
})

app.post('/api/v1/login-requests/:id/redeem', (req, res) => {
  const { secret, passcode } = req.body as { secret: string; passcode: string }
  const row = requestOf(req.params.id)
  const isRight = row?.secret === sha256(secret).toString('hex') && row.passcode === passcode
  if (!row || !isRight) return void res.status(403).end()
  step('redeemed', row.id, () => run('update requests set redeemed_at = ? where id = ?', Date.now(), row.id))
  res.json({ username: row.username })
})

process.on('message', (message: ToOwn) => {
  if ('people' in message)
    step('people', '', () => {
      for (const { device, username, token, publicKey, ocraKey, subscription } of message.people)
        run(
          'insert into devices (id, username, token, key, ocra_key, subscription) values (?, ?, ?, ?, ?, ?)',
          ...[device, username, token, JSON.stringify(publicKey), ocraKey, JSON.stringify(subscription)],
        )
    })
  const whole = get<{ n: number }>('select count(*) as n from requests where sent = 1 and redeemed_at is not null')
  process.send?.('people' in message ? { taken: true } : { whole: whole?.n ?? 0 })
})
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ ready: `http://localhost:${port}`, vapidKey: vapid.publicKey, apiKey } satisfies FromOwn)
})
// The parent is gone.
process.on('disconnect', () => process.exit())
