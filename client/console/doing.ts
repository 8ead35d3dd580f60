import { doingWith } from '../ui/doing.ts'
import { refusalText } from './refusal-text.ts'
import { NotConfirmed } from './session/session-store.ts'

export const useDoing = doingWith((error) => (error instanceof NotConfirmed ? undefined : refusalText(error)))
