import { doingWith } from '../ui/doing.ts'
import { troubleText } from './conversation.ts'

export const useDoing = doingWith(troubleText)
