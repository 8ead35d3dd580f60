// A mail address, as far as it can be told before something is sent to it.
import * as z from 'zod/mini'
import { plainText } from '../../protocol/text.ts'

export const mailAddress = plainText(3, 254).check(z.regex(/^[^\s@]+@[^\s@]+$/, 'must be a mail address'))
