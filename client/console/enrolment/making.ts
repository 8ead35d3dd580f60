// Links for many, a hundred a call: so that it can be seen how far it is, and stopped.
import { shallowRef } from 'vue'
import { LINKS_AT_ONCE, type MadeLink, type MadeLinks } from '../../../protocol/operator-api/enrolment.ts'
import { useSession } from '../session/session-store.ts'
import type { Chosen } from './chosen.ts'

export type Wishes = {
  delivery: 'show' | 'mail'
  unlock: 'none' | 'webauthn'
  numberMatching?: boolean
  expiresInMinutes: number
}

export function useMaking() {
  const session = useSession()
  const made = shallowRef<MadeLink[]>([])
  let isStopped = false

  /** What was made before a call failed is kept: those links exist. */
  async function make({ who, users = [], group }: Chosen, wishes: Wishes): Promise<void> {
    isStopped = false
    made.value = []
    const batches = who === 'users' ? inBatches(users) : [undefined]
    for (const batch of batches) {
      let cursor: string | null = null
      do {
        const body = {
          who,
          ...wishes,
          ...(batch && { users: batch }),
          ...(group && { group }),
          ...(cursor && { cursor }),
        }
        const answer: MadeLinks = await session.call<MadeLinks>('POST', '/enrolment-batches', { body })
        made.value = [...made.value, ...answer.links]
        cursor = answer.next
      } while (cursor !== null && !isStopped)
      if (isStopped) return
    }
  }

  return {
    made,
    make,
    stop: () => {
      isStopped = true
    },
  }
}

function inBatches(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / LINKS_AT_ONCE)
  return Array.from({ length: count }, (_, n) => ids.slice(n * LINKS_AT_ONCE, (n + 1) * LINKS_AT_ONCE))
}
