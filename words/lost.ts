import { lost } from './en/lost.ts'
import { translator } from './translate.ts'

export const { t } = translator(lost)
