// RADIUS over UDP: a datagram in, a datagram out.
import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import type { Door } from './door.ts'

export type Listening = { port: number; close(): Promise<void> }

/** Whoever asks all at once is kept waiting here, not lost. */
const RECEIVE_BUFFER = 1024 * 1024

/** @param url its host is an IP address; port 0: any free one @throws where it is taken */
export async function listenUdp(url: URL, door: Pick<Door, 'answer'>): Promise<Listening> {
  const address = url.hostname.replace(/^\[|\]$/g, '')
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER })
  socket.on('message', (bytes, { address, port }) => {
    void door.answer({ bytes, address, port }).then((answer) => {
      // Whoever is gone can't be told.
      if (answer && isOpen) socket.send(answer, port, address, () => undefined)
    })
  })
  let isOpen = true
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(Number(url.port), address, () => {
      socket.off('error', reject)
      resolve()
    })
  })
  // A datagram that can't be delivered comes back as an error of the socket; the next one may be.
  socket.on('error', () => undefined)
  return {
    port: (socket.address() as AddressInfo).port,
    close: () => {
      isOpen = false
      return new Promise((resolve) => socket.close(() => resolve()))
    },
  }
}
