import { oidc } from './en/oidc.ts'
import { translator } from './translate.ts'

export const { t } = translator(oidc)
