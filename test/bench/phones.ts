// Phones that approve what they are asked as soon as the push is there, whichever door asked.
import { Pool } from 'undici'
import type { PushDocument } from '../../protocol/push-message.ts'
import { BenchDevice } from './device.ts'
import type { Person } from './people.ts'

const APPROVED = JSON.stringify({ state: 'approved', reason: null })

export class Phones {
  readonly #origin: string
  readonly #pool: Pool
  readonly #devices: Map<string, BenchDevice>
  #failed: (error: unknown) => void = () => {}
  /** rejects where an answer was refused */
  readonly failure: Promise<never>

  /** @param people whose tokens match no numbers */
  constructor(origin: string, people: readonly Person[], connections: number) {
    this.#origin = origin
    this.#pool = new Pool(origin, { connections })
    this.#devices = new Map(people.map((person) => [person.token, new BenchDevice(person)]))
    this.failure = new Promise((_resolve, reject) => {
      this.#failed = reject
    })
    this.failure.catch(() => undefined)
  }

  push(plaintext: string): void {
    const { countersign } = JSON.parse(plaintext) as PushDocument
    if (countersign.kind !== 'login-request') return
    const device = this.#devices.get(countersign.request.token)
    if (device) this.#decide(device.approve(this.#origin, countersign.request, null)).catch(this.#failed)
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #decide(body: string): Promise<void> {
    const headers = { host: new URL(this.#origin).host, 'content-type': 'application/jose' }
    const answer = await this.#pool.request({ method: 'POST', path: '/device/v1/decisions', headers, body })
    const text = await answer.body.text()
    if (text !== APPROVED) throw new Error(`decision: ${answer.statusCode} ${text}`)
  }
}
