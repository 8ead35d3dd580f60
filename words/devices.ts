import { app } from './en/app.ts'
import { devices } from './en/devices.ts'
import { translator } from './translate.ts'

export const { t, parts } = translator({ ...app, ...devices })
