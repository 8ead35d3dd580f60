// What a push service may do to a sender instead of its work.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { resetConnection } from './tls-server.ts'

export interface PushFault {
  /** Answers this and takes no message. */
  status?: number
  headers?: Record<string, string>
  body?: string
  /** Milliseconds of real time before anything else happens; alone it makes a slow success. */
  delay?: number
  /** Never answers. */
  hang?: boolean
  /** Breaks the connection with a TCP reset. */
  reset?: boolean
  /** Only for messages to this endpoint; others leave the fault in the queue. */
  endpoint?: string
}

export function takeFault(faults: PushFault[], endpoint: string): PushFault | undefined {
  const index = faults.findIndex((fault) => fault.endpoint === undefined || fault.endpoint === endpoint)
  return index < 0 ? undefined : faults.splice(index, 1)[0]
}

/** Plays the fault; says what became of the request, or null where it is still to be served. */
export async function playFault(
  fault: PushFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number | 'hung' | 'reset' | null> {
  const { delay } = fault
  if (delay !== undefined) await new Promise((resolve) => setTimeout(resolve, delay))
  if (fault.hang) return 'hung'
  if (fault.reset) {
    resetConnection(request)
    return 'reset'
  }
  if (fault.status === undefined) return null
  response.writeHead(fault.status, fault.headers).end(fault.body)
  return fault.status
}
