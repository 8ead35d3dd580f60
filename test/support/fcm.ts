// Google's messaging for a stock Chromium, so that `pushManager.subscribe()` succeeds for real and Chromium itself opens
// the messages. A private protocol that may change with any release: the push stub remains the way that must work.
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { NextOptions } from './arrivals.ts'
import { Arrivals } from './arrivals.ts'
import { testCertificate } from './certificate.ts'
import { startFcmConnections } from './fcm-connection.ts'
import type { FcmRegistration } from './fcm-registry.ts'
import { startFcmRegistry } from './fcm-registry.ts'
import { bytesField, numberField } from './protobuf.ts'
import { PushRefusal } from './push-refusal.ts'
import type { PushRequest } from './push-request.ts'
import { checkPushRequest, readBody } from './push-request.ts'
import { startTlsServer } from './tls-server.ts'

export interface FcmMessage extends PushRequest {
  token: string
  /** Still sealed: only the browser has the key. */
  body: Buffer
  headers: IncomingHttpHeaders
}

export interface Fcm extends AsyncDisposable {
  /** For `launchBrowser({ args })`. */
  flags: string[]
  /** Where senders are to end, whatever host their endpoint names: `startConnectProxy({ to: fcm.sender })`. */
  sender: { host: string; port: number }
  /** For `NODE_EXTRA_CA_CERTS` of the sender. */
  caPath: string
  ca: string
  messages: readonly FcmMessage[]
  nextMessage(matches?: (message: FcmMessage) => boolean, options?: NextOptions): Promise<FcmMessage>
  stop(): Promise<void>
}

/** Chromium makes endpoints of the first; Chrome's documentation names the second. */
const NAMES = ['localhost', 'jmt17.google.com', 'fcm.googleapis.com', '*.google.com', '*.googleapis.com']

export async function startFcm(): Promise<Fcm> {
  const registry = await startFcmRegistry()
  const connections = await startFcmConnections(NAMES)
  const messages = new Arrivals<FcmMessage>('message for FCM', ({ token }) => token)

  const accept = (url: string, headers: IncomingHttpHeaders, body: Buffer) => {
    const token = url.split('/').at(-1) ?? ''
    const registration = registry.get(token)
    if (!registration) throw new PushRefusal(404, 'there is no such registration')
    if (registration.gone) throw new PushRefusal(410, 'the registration is gone')
    const audience = `https://${headers.host?.replace(/:443$/, '')}`
    const rules = { audience, restrictedTo: registration.sender, now: Date.now() }
    const request = checkPushRequest(headers, body, rules)
    messages.add({ ...request, token, body, headers })
    connections.send(registration.device, (streamId) => dataMessage(registration, request.ttl, streamId, body))
  }

  const sender = await startTlsServer({ names: NAMES }, async (request, response) => {
    const body = await readBody(request)
    try {
      accept(request.url ?? '', request.headers, body)
      response.writeHead(201).end()
    } catch (error) {
      if (!(error instanceof PushRefusal)) throw error
      response.writeHead(error.status, { 'content-type': 'text/plain' }).end(error.message)
    }
  })

  const stop = async () => {
    await Promise.all([registry.stop(), connections.stop(), sender.stop()])
  }
  return {
    flags: [
      `--gcm-checkin-url=${registry.checkinUrl}`,
      `--gcm-registration-url=${registry.registerUrl}`,
      `--gcm-mcs-endpoint=${connections.endpoint}`,
      // Only this certificate, so that a test still notices a bad one elsewhere.
      `--ignore-certificate-errors-spki-list=${keyPin(testCertificate(NAMES).cert)}`,
    ],
    sender: { host: '127.0.0.1', port: sender.port },
    caPath: sender.caPath,
    ca: sender.ca,
    messages: messages.all,
    nextMessage: (matches, options) => messages.next(matches, options),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** DataMessageStanza of Chromium's `mcs.proto`. */
function dataMessage({ sender, app, subtype }: FcmRegistration, ttl: number, streamId: number, body: Buffer): Buffer {
  const appData = (key: string, value: string) =>
    bytesField(7, Buffer.concat([bytesField(1, key), bytesField(2, value)]))
  return Buffer.concat([
    bytesField(2, ''),
    bytesField(3, sender),
    bytesField(5, app),
    appData('subtype', subtype),
    appData('content-encoding', 'aes128gcm'),
    bytesField(9, randomUUID()),
    numberField(10, streamId),
    numberField(17, ttl),
    numberField(18, Date.now()),
    bytesField(21, body),
  ])
}

function keyPin(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
