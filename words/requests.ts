import { app } from './en/app.ts'
import { problems } from './en/problems.ts'
import { requests } from './en/requests.ts'
import { translator } from './translate.ts'

export const { t, parts } = translator({ ...problems, ...app, ...requests })
