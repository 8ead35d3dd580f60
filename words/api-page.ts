import { apiPage } from './en/api-page.ts'
import { translator } from './translate.ts'

export const { t } = translator(apiPage)
