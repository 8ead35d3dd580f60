// An Access-Request from its first packet to Accept or Reject. No rule is here: first and second factor are asked.
import { base64url } from '../../protocol/encoding.ts'
import { Problem } from '../../protocol/problems.ts'
import { usernameKey } from '../../protocol/text.ts'
import { t } from '../../words/radius.ts'
import type { ApplicationRow } from '../applications/rows.ts'
import { tokensWithDevices } from '../devices/token-rows.ts'
import { groupsOf } from '../directory/groups.ts'
import { cancelRequest, dropRequest, unlessSettled } from '../requests/cancel.ts'
import type { Created } from '../requests/create.ts'
import type { RequestRow } from '../requests/state.ts'
import { type FirstFactorNeeds, firstFactor, gatewayFactor } from '../sign-in/first-factor.ts'
import {
  askDevices,
  overRequest,
  type SecondFactorNeeds,
  type SigningIn,
  signInByApproval,
  signInByPasscode,
  signInUnasked,
} from '../sign-in/second-factor.ts'
import { digest } from '../store/digest.ts'
import { countedAddress } from '../throttling/address.ts'
import { accept, challenge, reject } from './answers.ts'
import type { Access } from './asked.ts'
import type { Answer } from './authenticity.ts'
import { Expiring } from './expiring.ts'
import { Heard } from './heard.ts'
import { readTyped, type Wish, wishOf } from './wish.ts'

export type ConversationNeeds = FirstFactorNeeds & SecondFactorNeeds & { stopping: AbortSignal }

/** A device is being asked; more than one packet may wait for what comes of it. */
type Question = {
  who: SigningIn
  created: Created
  over: Promise<RequestRow>
  /** rises with every packet that waits: the last one is answered, for who sent the others has given up */
  turn: number
  /** somebody was answered what came of it */
  isTaken: boolean
}

/**
 * Attack stopped: whoever knows the password joins the owner's question and is told the number that is to tie an
 * approval to one page.
 */
const isJoined = ({ created, isTaken }: Question) => created.number === null && !isTaken

/** What an Access-Challenge asked; `same` is of the packet that had the password, for what is typed next is no first factor. */
type Asked = { who: SigningIn; by: string; same: string | undefined } & (
  | { kind: 'menu' | 'passcode' }
  | { kind: 'number'; question: Question }
)

const MOST_REMEMBERED = 20_000
const MINUTE_MS = 60_000
const LONGEST_MS = 100 * MINUTE_MS
const STATE_BYTES = 16
const MOST_NAMES = 3

export class Conversation {
  readonly #needs: ConversationNeeds
  readonly #questions: Expiring<Promise<Question>>
  readonly #challenges: Expiring<Asked>
  readonly #heard: Heard

  constructor(needs: ConversationNeeds) {
    this.#needs = needs
    this.#heard = new Heard(needs)
    this.#questions = new Expiring(needs.clock, MOST_REMEMBERED)
    this.#challenges = new Expiring(needs.clock, MOST_REMEMBERED)
  }

  /**
   * @returns undefined where a later packet is answered in its place, or it was heard before
   * @throws {Problem} as first and second factor do
   */
  async answer(access: Access, application: ApplicationRow): Promise<Answer | undefined> {
    const { heard } = access
    if (heard === undefined) return this.#answer(access, application)
    try {
      return (await this.#heard.again(heard)) ? undefined : await this.#answer(access, application)
    } catch (error) {
      if (!(error instanceof Problem)) this.#heard.forget(heard)
      throw error
    }
  }

  async #answer(access: Access, application: ApplicationRow): Promise<Answer | undefined> {
    if (access.state !== undefined) return this.#goOn(access, access.state)
    // Whoever gave up and tries again joins what they had begun: the password was right a moment ago.
    const begun = await this.#begun(access)
    if (!begun || !isJoined(begun)) return this.#begin(access, application)
    const [answer] = await Promise.all([this.#outcome(begun, access), this.#keep(access)])
    return answer
  }

  #begun({ same }: Access): Promise<Question> | undefined {
    return same === undefined ? undefined : this.#questions.get(same)
  }

  async #begin(access: Access, application: ApplicationRow): Promise<Answer | undefined> {
    const { who, wish, isTrusted } = await this.#first(access, application)
    await this.#keep(access)
    if (isTrusted) {
      await signInUnasked(this.#needs, who)
      return this.#accept(access, who)
    }
    if (wish.kind === 'passcode') return this.#passcode(access, who, wish.passcode)
    if (wish.kind === 'unsaid' && access.client.row.challenges === 1) return this.#menu(access, who)
    return this.#push(access, who)
  }

  async #keep({ heard }: Access): Promise<void> {
    if (heard !== undefined) await this.#heard.keep(heard)
  }

  async #first({ client, username, typed, address }: Access, application: ApplicationRow) {
    const door = { door: 'radius' as const, client: client.row.id }
    // Of what was typed as a name nothing is kept: it may hold any byte, or be a password.
    const station = address === undefined ? usernameKey(username) : countedAddress(address)
    // Attack stopped: one client that names an address, and shuts the login page for whoever is there.
    const countedAs = digest(`${client.row.id}:${station}`)
    const place = placeOf(client.row.id, address)
    const tried = { application, username, address, countedAs, place, door }
    const alone = wishOf(typed)
    const vouched = alone.kind === 'unsaid' ? undefined : await gatewayFactor(this.#needs, tried)
    const { password, wish } = vouched ? { password: '', wish: alone } : readTyped(typed)
    const { user, isTrustedNetwork } = vouched ?? (await firstFactor(this.#needs, { ...tried, password }))
    const who: SigningIn = { user, application, address, first: vouched ? [] : ['pwd'], place, door }
    return { who, wish: wish satisfies Wish, isTrusted: isTrustedNetwork && !vouched }
  }

  async #menu(access: Access, who: SigningIn): Promise<Answer> {
    const devices = await this.#deviceNames(who)
    if (devices === undefined) return this.#challenge(access, t('radius.menu.passcode'), { who, kind: 'passcode' })
    return this.#challenge(access, t('radius.menu', { devices }), { who, kind: 'menu' })
  }

  async #deviceNames({ user }: SigningIn): Promise<string | undefined> {
    const held = await tokensWithDevices(this.#needs.store.read, user.id)
    const active = held.filter(({ state, device_state }) => state === 'active' && device_state === 'active')
    const names = [...new Set(active.map(({ device_name }) => device_name))]
    if (names.length <= MOST_NAMES) return names.length === 0 ? undefined : names.join(', ')
    const [first = ''] = names
    return t('radius.menu.devices', { first, more: names.length - 1 })
  }

  async #push(access: Access, who: SigningIn): Promise<Answer | undefined> {
    for (;;) {
      const begun = this.#begun(access)
      if (!begun) return this.#attend(await this.#ask(access, who), access)
      const question = await begun
      if (isJoined(question)) return this.#outcome(question, access)
      // From where they began it they begin anew: with another number, which is on no other page.
      if (this.#begun(access) === begun) return this.#attend(await this.#ask(access, who, question), access)
    }
  }

  #ask(access: Access, who: SigningIn, instead?: Question): Promise<Question> {
    const question = this.#question(access, who, instead)
    if (access.same !== undefined) this.#remember(access.same, question)
    return question
  }

  #remember(same: string, question: Promise<Question>): void {
    this.#questions.put(same, question, LONGEST_MS)
    const forget = () => {
      // Another may have taken its place.
      if (this.#questions.get(same) === question) this.#questions.delete(same)
    }
    // Nobody joins what is over, or could not be asked.
    question.then(({ over }) => over).then(forget, forget)
  }

  async #question({ client, resource }: Access, who: SigningIn, instead?: Question): Promise<Question> {
    if (instead && !instead.isTaken) await unlessSettled(cancelRequest(this.#needs, instead.created))
    const canShowNumber = client.row.challenges === 1
    const created = await askDevices(this.#needs, who, { resource, canShowNumber })
    const over = overRequest(this.#needs, created, this.#needs.stopping)
    // Whoever waits for it hears of it; perhaps nobody does.
    over.catch(() => {})
    return { who, created, over, turn: 0, isTaken: false }
  }

  #attend(question: Question, access: Access): Answer | Promise<Answer | undefined> {
    const { number } = question.created
    if (number === null) return this.#outcome(question, access)
    return this.#challenge(access, t('radius.number', { number }), { who: question.who, kind: 'number', question })
  }

  async #outcome(question: Question, access: Access): Promise<Answer | undefined> {
    question.turn++
    const { turn } = question
    const row = await question.over
    if (turn !== question.turn) return undefined
    const { who, created } = question
    question.isTaken = true
    if (row.state === 'denied') return reject(t('radius.denied'))
    if (row.state === 'expired') return reject(t('radius.expired'))
    if (row.state === 'cancelled') return reject(t('radius.withdrawn'))
    if (row.state === 'pending') return undefined
    await signInByApproval(this.#needs, who, { row, created })
    return this.#accept(access, who)
  }

  async #goOn(reply: Access, state: string): Promise<Answer | undefined> {
    const asked = this.#challenges.take(state)
    if (asked?.by !== boundTo(reply)) return reject(t('radius.stale'))
    const { who, same } = asked
    const access = { ...reply, same }
    const wish = wishOf(access.typed)
    if (asked.kind === 'number') {
      const { question } = asked
      // Somebody who types the number here too means to go on.
      if (wish.kind !== 'passcode' || wish.passcode === question.created.number) return this.#outcome(question, access)
      const answer = await this.#passcode(access, who, wish.passcode)
      await unlessSettled(dropRequest(this.#needs, question.created))
      return answer
    }
    if (wish.kind === 'passcode') return this.#passcode(access, who, wish.passcode)
    const choice = access.typed.trim()
    if (asked.kind === 'menu' && (choice === '1' || wish.kind === 'push')) return this.#push(access, who)
    if (asked.kind === 'menu' && choice === '2')
      return this.#challenge(access, t('radius.menu.passcode'), { who, kind: 'passcode' })
    return reject(t('radius.menu.wrong'))
  }

  async #passcode(access: Access, who: SigningIn, passcode: string): Promise<Answer> {
    await signInByPasscode(this.#needs, who, passcode)
    return this.#accept(access, who)
  }

  async #accept({ client }: Access, { user }: SigningIn): Promise<Answer> {
    return accept(client.row, await groupsOf(this.#needs.store.read, user.id))
  }

  #challenge(
    access: Access,
    sentence: string,
    asked: { who: SigningIn } & ({ kind: 'menu' | 'passcode' } | { kind: 'number'; question: Question }),
  ): Answer {
    const state = base64url(this.#needs.random(STATE_BYTES))
    const { clock } = this.#needs
    // A number is good for as long as its request, and its approval as long again.
    const ms =
      asked.kind === 'number' ? 2 * (Date.parse(asked.question.created.expiresAt) - clock.now()) : 2 * MINUTE_MS
    this.#challenges.put(state, { ...asked, by: boundTo(access), same: access.same }, ms)
    return challenge(sentence, state)
  }
}

/** Where people are known from; nobody is by a client that says nothing of where they are. */
const placeOf = (client: string, address: string | undefined) =>
  address === undefined ? undefined : digest(`radius ${client} ${countedAddress(address)}`)

/** A State is of no use to another client, another person or from elsewhere. */
const boundTo = ({ client, username, address }: Access) =>
  JSON.stringify([client.row.id, usernameKey(username), address ?? ''])
