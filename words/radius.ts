import { radius } from './en/radius.ts'
import { translator } from './translate.ts'

export const { t } = translator(radius)
