import { ui } from './en/ui.ts'
import { translator } from './translate.ts'

export const { t } = translator(ui)
