import { account } from './en/account.ts'
import { translator } from './translate.ts'

export const { t, parts } = translator(account)
