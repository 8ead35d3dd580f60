import { doingWith } from '../ui/doing.ts'
import { type Fields, useFields } from '../ui/fields.ts'
import { refusedFields } from './refused-fields.ts'
import { NotConfirmed } from './session/session-store.ts'

/** What is refused of a field below stands there; what is of none is the problem. */
export function useDoing() {
  const fields = useFields()
  const { does, ...doing } = doingWith((error) => (error instanceof NotConfirmed ? undefined : told(error, fields)))()
  return {
    ...doing,
    does(work: () => Promise<unknown>) {
      if (!doing.busy.value) fields.tell(new Map())
      return does(work)
    },
  }
}

function told(error: unknown, fields: Fields): string | undefined {
  const { at, rest } = refusedFields(error, fields.members())
  fields.tell(at)
  return rest
}
