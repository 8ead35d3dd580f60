import { app } from './en/app.ts'
import { problems } from './en/problems.ts'
import { tokens } from './en/tokens.ts'
import { translator } from './translate.ts'

export const { t, parts } = translator({ ...problems, ...app, ...tokens })
