// What a packet is answered, whatever it came by: nothing at all to strangers, to forgeries and to what can't be read.
import { base64url } from '../../protocol/encoding.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { RadiusFault } from '../../protocol/operator-api/radius-clients.ts'
import { Problem } from '../../protocol/problems.ts'
import { t } from '../../words/radius.ts'
import type { Logger } from '../log.ts'
import { type Share, share } from '../throttling/share.ts'
import { reject, rejectEap, rejectFor } from './answers.ts'
import { readAccess } from './asked.ts'
import { TYPE } from './attributes.ts'
import { type Answer, checkMessageAuthenticator, isSignedAccounting, sealAnswer } from './authenticity.ts'
import { clientBook, type RadiusClient } from './client-book.ts'
import { Conversation, type ConversationNeeds } from './conversation.ts'
import { Expiring } from './expiring.ts'
import { noting } from './faults.ts'
import { CODE, type Packet, readPacket } from './packet.ts'

export type DoorNeeds = ConversationNeeds & {
  log: Logger
  limits: Limits
  /** told what came of each packet and connection, where somebody counts them */
  meters?: { radiusPacket(outcome: string): void; radsecConnection(outcome: string): void } | undefined
}

export type Arrived = {
  bytes: Buffer
  address: string
  port: number
  /** the names in the certificate of the connection it came by; absent: it came by UDP */
  certificates?: readonly string[]
}

type By = { secret: Buffer; isTls: boolean }

/** RFC 5080 §2.2.2: as long as a client may still ask again with the same packet. */
const ANSWERS_KEPT_MS = 30_000
const WAITING_KEPT_MS = 100 * 60_000
const MOST_REMEMBERED = 50_000
/** Of one client, at once. */
const MOST_WAITING = 2000
/** RFC 5176 §3.5. */
const UNSUPPORTED_EXTENSION = Buffer.of(0, 0, 1, 150)

const OUTCOMES: Readonly<Record<number, string>> = {
  [CODE.accessAccept]: 'accept',
  [CODE.accessReject]: 'reject',
  [CODE.accessChallenge]: 'challenge',
}

export class Door {
  readonly #needs: DoorNeeds
  readonly #book
  readonly notes
  readonly #share: Share
  readonly #conversation
  /** by the packet: what was answered to it, or null while that is worked out */
  readonly #answered: Expiring<Buffer | null>
  readonly #waiting = new Map<string, number>()
  readonly #working = new Set<Promise<unknown>>()
  readonly #salt: string

  constructor(needs: DoorNeeds) {
    this.#needs = needs
    this.#book = clientBook(needs)
    this.notes = noting(needs)
    this.#share = share(needs, 'radius', needs.limits.radiusPerClient)
    this.#conversation = new Conversation(needs)
    this.#answered = new Expiring(needs.clock, MOST_REMEMBERED)
    this.#salt = base64url(needs.random(16))
  }

  /** Whether anybody may ask from there. */
  async knows(address: string, certificates?: readonly string[]): Promise<boolean> {
    return (await this.#book.find(address, certificates)) !== undefined
  }

  /** Never rejects. @returns undefined where nothing is answered */
  answer(arrived: Arrived): Promise<Buffer | undefined> {
    const work = this.#answer(arrived)
    this.#working.add(work)
    void work.then(() => this.#working.delete(work))
    return work
  }

  /** What is under way has come to its end. */
  async idle(): Promise<void> {
    await Promise.all(this.#working)
  }

  async #answer(arrived: Arrived): Promise<Buffer | undefined> {
    try {
      const client = await this.#book.find(arrived.address, arrived.certificates)
      if (client) return await this.#read(client, arrived)
      this.notes.stranger(arrived.address)
      this.#count('stranger')
    } catch (error) {
      // Its client asks again, or asks another server.
      this.notes.broken(error)
    }
    return undefined
  }

  async #read(client: RadiusClient, arrived: Arrived): Promise<Buffer | undefined> {
    const packet = readPacket(arrived.bytes)
    const isTls = arrived.certificates !== undefined
    const secret = packet && this.#secretOf(client, packet, isTls)
    if (!packet || !secret) {
      if (!packet) this.#fault(client, 'unreadable')
      return undefined
    }
    const key = [arrived.address, arrived.port, packet.identifier, packet.authenticator.toString('base64')].join()
    const before = this.#answered.get(key)
    if (before !== undefined) {
      this.#count('again')
      return before ?? undefined
    }
    this.#answered.put(key, null, WAITING_KEPT_MS)
    try {
      const answer = await this.#withinShare(client, () => this.#answerTo(client, packet, { secret, isTls }))
      if (answer === 'flood') {
        this.#answered.delete(key)
        this.#fault(client, 'flood')
        return undefined
      }
      const sealed = answer && sealAnswer(packet, answer, secret)
      if (sealed) this.#answered.put(key, sealed, ANSWERS_KEPT_MS)
      this.#count(answer ? (OUTCOMES[answer.code] ?? 'answered') : 'unanswered')
      return sealed
    } catch (error) {
      this.#answered.delete(key)
      throw error
    }
  }

  /** The secret it is signed with; where nothing need sign it, the one in use. */
  #secretOf(client: RadiusClient, packet: Packet, isTls: boolean): Buffer | undefined {
    const secrets = client.secrets()
    if (packet.code === CODE.accountingRequest) {
      const right = secrets.find((secret) => isSignedAccounting(packet, secret))
      if (!right) this.#fault(client, 'wrong-secret')
      return right
    }
    const right = secrets.find((secret) => checkMessageAuthenticator(packet, secret) === 'right')
    if (right) return right
    const isAbsent = checkMessageAuthenticator(packet, Buffer.alloc(0)) === 'absent'
    if (isAbsent && (isTls || client.row.unsigned === 1) && packet.code === CODE.accessRequest) return secrets[0]
    this.#fault(client, isAbsent ? 'unsigned' : 'wrong-secret')
    return undefined
  }

  /** @returns flood where the client has had its share, or has as much under way as it may */
  async #withinShare<T>(client: RadiusClient, work: () => Promise<T>): Promise<T | 'flood'> {
    const { id } = client.row
    const underWay = () => this.#waiting.get(id) ?? 0
    if (underWay() >= MOST_WAITING) return 'flood'
    this.#waiting.set(id, underWay() + 1)
    try {
      if (!(await this.#share.take(id))) return 'flood'
      this.notes.seen(client)
      return await work()
    } finally {
      this.#waiting.set(id, underWay() - 1)
    }
  }

  #fault(client: RadiusClient, kind: RadiusFault): void {
    this.notes.fault(client, kind)
    this.#count(kind)
  }

  #count(outcome: string): void {
    this.#needs.meters?.radiusPacket(outcome)
  }

  async #answerTo(client: RadiusClient, packet: Packet, by: By): Promise<Answer | undefined> {
    switch (packet.code) {
      case CODE.accessRequest:
        return this.#access(client, packet, by)
      case CODE.statusServer:
        // RFC 5997 §4.2.
        return { code: CODE.accessAccept, attributes: [] }
      case CODE.accountingRequest:
        // Nothing is kept of it, and nobody need ask again (RFC 6613 §2.6.1).
        return {
          code: CODE.accountingResponse,
          attributes: [{ type: TYPE.errorCause, value: UNSUPPORTED_EXTENSION }],
        }
      default:
        return undefined
    }
  }

  async #access(client: RadiusClient, packet: Packet, by: By): Promise<Answer | undefined> {
    const access = readAccess(client, packet, { ...by, salt: this.#salt })
    if (access === 'eap') return rejectEap(packet)
    if (access === 'pap-only') return reject(t('radius.papOnly'))
    const application = access && (await client.application())
    if (!application) return undefined
    try {
      return await this.#conversation.answer(access, application)
    } catch (error) {
      if (error instanceof Problem) return rejectFor(error)
      throw error
    }
  }
}
