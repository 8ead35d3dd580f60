// What comes before the first sign-in; looked for only while nobody has been asked for one.
import { shallowRef, watch } from 'vue'
import type { ApplicationList } from '../../../protocol/operator-api/applications.ts'
import type { Overview } from '../../../protocol/operator-api/overview.ts'
import type { TokenList } from '../../../protocol/operator-api/tokens.ts'
import type { UserList } from '../../../protocol/operator-api/users.ts'
import { useSession } from '../session/session-store.ts'

export type FirstStep = { name: 'application' | 'person' | 'device'; to: string; isDone: boolean }

/** @returns empty where all is done, or something else says that sign-ins are asked for */
export function useFirstSteps(told: () => Overview | undefined) {
  const session = useSession()
  const steps = shallowRef<readonly FirstStep[]>([])

  async function look(): Promise<void> {
    const [{ applications }, { users }, { tokens }] = await Promise.all([
      session.call<ApplicationList>('GET', '/applications'),
      session.call<UserList>('GET', '/users'),
      session.call<TokenList>('GET', '/tokens'),
    ])
    const all: FirstStep[] = [
      { name: 'application', to: 'applications', isDone: applications.length > 0 },
      { name: 'person', to: 'users', isDone: users.length > 0 },
      { name: 'device', to: 'enrolment', isDone: tokens.length > 0 },
    ]
    steps.value = all.every(({ isDone }) => isDone) ? [] : all
  }

  watch(
    () => isUntried(told()),
    (is) => {
      steps.value = []
      // Without an answer the page says what it says on any other day.
      if (is) look().catch(() => undefined)
    },
  )
  return steps
}

const isUntried = (data: Overview | undefined) => data?.now.requests === 0 && data.weekAgo.requests === 0
