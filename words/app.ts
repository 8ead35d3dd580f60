import { app } from './en/app.ts'
import { problems } from './en/problems.ts'
import { type KeyOf, translator } from './translate.ts'

const catalogue = { ...problems, ...app } as const

export const { t, parts } = translator(catalogue)
export type AppKey = KeyOf<typeof catalogue>
