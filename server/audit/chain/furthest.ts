// How far this process saw the chain go. Attack stopped: whoever can write to the store puts an older head back, which
// was signed as well, and takes away what came after it.
import type { Logger } from '../../log.ts'
import type { Db } from '../../store/schema.ts'
import { chainRow } from './rows.ts'

type Chain = NonNullable<Awaited<ReturnType<typeof chainRow>>>
/** `hash`: undefined where nothing but how far others were told says that it was there */
export type Place = { position: number; hash?: string }

export class Furthest {
  readonly #log: Pick<Logger, 'error'>
  #seen: Chain | undefined
  #lost: Place | undefined

  constructor(log: Pick<Logger, 'error'>) {
    this.#log = log
  }

  /** What was there and is not any more, as far as this process knows. */
  get lost(): Place | undefined {
    return this.#lost
  }

  /** @returns a chain that was read just now, and what it lacks that it had before: that is told once */
  async look(db: Db): Promise<{ chain: Chain | undefined; lacks: Place | undefined }> {
    // Before the chain is read: others of this process may go on meanwhile.
    const seen = this.#seen
    const chain = await chainRow(db)
    const isSame = chain && chain.position === seen?.position && chain.hash === seen.hash
    const lacks = isSame ? undefined : seen ? await lacking(db, seen, chain) : await beyond(db, chain)
    if (!lacks) {
      // What was put back as it had been is there again; of what only others were told nobody can say so.
      if (this.#isKnown) this.#lost = undefined
      this.saw(chain)
    }
    // Two who look at once find the same, and so does the next look.
    if (!lacks || (lacks.position === this.#lost?.position && lacks.hash === this.#lost.hash))
      return { chain, lacks: undefined }
    this.#lost = lacks
    if (lacks.hash === undefined) this.#seen = chain
    this.#log.error({ ...lacks, now: chain?.position ?? 0 }, 'the audit log was taken back: entries are gone')
    return { chain, lacks }
  }

  /** To be called with what is committed. What has grown in the place of what is lost is not what was seen. */
  saw(chain: Chain | undefined): void {
    if (chain && !this.#isKnown && chain.position >= (this.#seen?.position ?? 0)) this.#seen = chain
  }

  get #isKnown(): boolean {
    return this.#lost?.hash !== undefined
  }
}

async function lacking(db: Db, seen: Chain, chain: Chain | undefined): Promise<Place | undefined> {
  const { position, hash } = seen
  if (!chain || chain.chain !== seen.chain || chain.position <= position) return { position, hash }
  if (position === 0) return undefined
  const there = await db.selectFrom('audit_seals').select('hash').where('position', '=', position).executeTakeFirst()
  if (there) return there.hash === hash ? undefined : { position, hash }
  const cut = await db.selectFrom('audit_cuts').select('position').where('position', '>=', position).executeTakeFirst()
  return cut ? undefined : { position, hash }
}

/** Nobody is told of what is not in the chain: what says how far they were told outlasts this process. */
export async function beyond(db: Db, chain: Pick<Chain, 'position'> | undefined): Promise<Place | undefined> {
  const [syslog, webhooks] = await Promise.all([
    db.selectFrom('tally_marks').select('at').where('name', '=', 'syslog').executeTakeFirst(),
    db
      .selectFrom('webhooks')
      .select(({ fn }) => fn.max('audit_position').as('at'))
      .executeTakeFirst(),
  ])
  const position = Math.max(Number(syslog?.at ?? 0), Number(webhooks?.at ?? 0))
  return position > (chain?.position ?? 0) ? { position } : undefined
}
