import { app } from './en/app.ts'
import { problems } from './en/problems.ts'
import { settings } from './en/settings.ts'
import { translator } from './translate.ts'

export const { t, parts } = translator({ ...problems, ...app, ...settings })
