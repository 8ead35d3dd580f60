import { app } from './en/app.ts'
import { enrol } from './en/enrol.ts'
import { problems } from './en/problems.ts'
import { translator } from './translate.ts'

export const { t, parts } = translator({ ...problems, ...app, ...enrol })
