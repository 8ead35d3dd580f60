import { forwardAuth } from './en/forward-auth.ts'
import { translator } from './translate.ts'

export const { t } = translator(forwardAuth)
