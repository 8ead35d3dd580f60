// The part of Google's messaging that stays connected to the browser (MCS: TLS, tagged protocol buffers).
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createServer } from 'node:tls'
import { testCertificate } from './certificate.ts'
import { bytesField, numberField, readFields, readVarint, textOf, varint } from './protobuf.ts'

export interface FcmConnections {
  /** For `--gcm-mcs-endpoint`. */
  endpoint: string
  /** Writes a data message to the device, now or when it connects; `make` gets the number in its stream. */
  send(device: string, make: (streamId: number) => Buffer): void
  stop(): Promise<void>
}

const VERSION = 41
const TAG = { ping: 0, pong: 1, login: 2, loggedIn: 3, dataMessage: 8 }

interface Device {
  socket: TLSSocket | null
  waiting: ((streamId: number) => Buffer)[]
  streamId: number
}

export async function startFcmConnections(names: readonly string[]): Promise<FcmConnections> {
  const devices = new Map<string, Device>()
  const sockets = new Set<TLSSocket>()

  const deviceOf = (id: string): Device => {
    const device = devices.get(id) ?? { socket: null, waiting: [], streamId: 0 }
    devices.set(id, device)
    return device
  }

  const flush = (device: Device) => {
    for (const make of device.socket ? device.waiting.splice(0) : []) {
      device.streamId += 1
      device.socket?.write(frame(TAG.dataMessage, make(device.streamId)))
    }
  }

  const login = (socket: TLSSocket, message: Buffer) => {
    // LoginRequest.user is the Android id.
    const device = deviceOf(textOf(readFields(message), 3))
    const reply = [bytesField(1, 'chrome'), bytesField(2, 'user@example.org'), numberField(8, Date.now())]
    socket.write(Buffer.concat([Buffer.from([VERSION]), frame(TAG.loggedIn, Buffer.concat(reply))]))
    device.socket = socket
    device.streamId = 1
    socket.once('close', () => {
      if (device.socket === socket) device.socket = null
    })
    flush(device)
  }

  const server = createServer(testCertificate(names), (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A browser that is closed resets its connection: no mistake.
    socket.on('error', () => socket.destroy())
    let read = Buffer.alloc(0)
    let versionSeen = false
    socket.on('data', (chunk) => {
      read = Buffer.concat([read, chunk])
      if (!versionSeen) read = read.subarray(1)
      versionSeen = true
      for (let next = readFrame(read); next; next = readFrame(read)) {
        read = read.subarray(next.end)
        if (next.tag === TAG.login) login(socket, next.message)
        else if (next.tag === TAG.ping) socket.write(frame(TAG.pong, Buffer.alloc(0)))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    send: (id, make) => {
      const device = deviceOf(id)
      device.waiting.push(make)
      flush(device)
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function frame(tag: number, message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), varint(message.length), message])
}

/** Null where the bytes end within it. */
function readFrame(bytes: Buffer): { tag: number; message: Buffer; end: number } | null {
  const length = readVarint(bytes, 1)
  if (!length) return null
  const end = length.end + Number(length.value)
  return end > bytes.length ? null : { tag: bytes.readUInt8(0), message: bytes.subarray(length.end, end), end }
}
