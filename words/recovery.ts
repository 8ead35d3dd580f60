import { recovery } from './en/recovery.ts'
import { translator } from './translate.ts'

export const { t } = translator(recovery)
