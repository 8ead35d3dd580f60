// Phones that listen and never read, while what they are told changes and changes: nothing may pile up for them.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { WireApplication } from '../support/wire-application.ts'
import { WireDevice } from '../support/wire-device.ts'
import type { Violation } from './checker.ts'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import type { PeopleSigningIn } from './people-signing-in.ts'
import { underLoad } from './under-load.ts'

const KIB = 1024
const READERS = 40
const PENDING = 150
/** Told in full to each, this would be some 8 MiB a reader. */
const CHANGES = 100
/** What a socket may hold in the process: its own buffers, and the one event that waits. */
const MOST_A_READER = 1024

export const slowReaders: Fault = {
  name: 'readers that never read',
  engines: ['sqlite', 'postgres'],
  run: async ({ databaseUrl, quick }) => {
    await using installation = await Installation.open({ databaseUrl })
    await installation.start()
    const found: Violation[] = []
    const report = await underLoad(installation, {
      lanes: 2,
      harm: async (load) => {
        await load.more(20)
        const create = creating(installation, load)
        const reader = await slow(installation, create, quick ? 20 : CHANGES)
        found.push(...tooMuch(reader.kib))
        for (const socket of reader.sockets) socket.destroy()
        return `${READERS} phones that never read, ${reader.told} MiB to be told to each: ${reader.kib.toFixed(0)} KiB of the server each`
      },
    })
    return { ...report, violations: [...report.violations, ...found] }
  },
}

/** @param kib of the server, each reader */
export function tooMuch(kib: number): Violation[] {
  if (kib <= MOST_A_READER) return []
  return [{ rule: 'made-up', about: 'memory', says: `a reader holds ${kib.toFixed(0)} KiB` }]
}

/** Resident, in KiB (proc(5), status). */
function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

type Held = { kib: number; sockets: Socket[] }

export type Create = (username: string, login: string) => Promise<string>

export function creating({ wire, apiKey }: Installation, { history }: PeopleSigningIn): Create {
  const application = new WireApplication(wire, apiKey)
  return async (username, login) => {
    const hear = history.begin('create', login, null)
    const { status, body, text } = await application.create(username, {}, { 'idempotency-key': login })
    if (status !== 201) throw new Error(text)
    hear({ said: 'yes', request: body.id })
    return body.id
  }
}

async function slow(installation: Installation, create: Create, changes: number): Promise<Held & { told: string }> {
  const person = installation.people.at(-1)
  if (!person) throw new Error('nobody is there')
  const application = new WireApplication(installation.wire, installation.apiKey)
  const device = new WireDevice(installation.wire, Date.now, person.signingKey)
  device.id = person.device
  for (let n = 0; n < PENDING; n++) await create(person.username, `slow-${n}`)
  const size = JSON.stringify(await device.requests()).length
  const sockets: Socket[] = []
  for (let n = 0; n < READERS; n++) {
    const path = '/device/v1/events'
    sockets.push(await stream(installation, path, { dpop: device.proof('GET', path) }))
  }
  const change = async (n: number) => application.cancel(await create(person.username, `slow-${PENDING + n}`))
  // What the sockets hold in the system is full by then, and the process has the memory that so much work takes.
  for (let n = 0; n < changes; n++) await change(n)
  const before = resident(installation.pid)
  for (let n = changes; n < 2 * changes; n++) await change(n)
  const kib = (resident(installation.pid) - before) / READERS
  return { kib, sockets, told: ((2 * changes * size) / KIB / KIB).toFixed(0) }
}

/** A bare socket that reads the head of the answer and then nothing more. */
function stream({ wire }: Installation, path: string, headers: Record<string, string>): Promise<Socket> {
  const lines = Object.entries({ host: new URL(wire.origin).host, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return new Promise((resolve, reject) => {
    const socket = connect(wire.port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`),
    )
    socket.once('error', reject)
    socket.once('data', (chunk) => {
      socket.pause()
      if (String(chunk).startsWith('HTTP/1.1 200')) resolve(socket)
      else reject(new Error(String(chunk)))
    })
  })
}
