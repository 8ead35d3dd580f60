// What everybody reads on the sign-in page.
import { nothing } from '../../../protocol/operator-api/session.ts'
import { type SignInNotice, signInNotice, writeNoticeCall } from '../../../protocol/operator-api/sign-in-notice.ts'
import { clearNotice, shownNotice, writeNotice } from '../../watching/sign-in-notice.ts'
import { act } from '../act.ts'

const lines = ({ notice }: SignInNotice) =>
  notice ? [notice.text, `Until ${notice.until}, by ${notice.by}.`] : ['None.']

export const signInNoticeActs = [
  act({
    name: 'sign-in-notice.show',
    http: ['GET', '/sign-in-notice'],
    summary: 'shows what everybody reads on the sign-in page now',
    input: nothing,
    output: signInNotice,
    cli: { name: 'notice show', operands: [], lines },
    run: (parts) => shownNotice(parts),
  }),
  act({
    name: 'sign-in-notice.write',
    http: ['PUT', '/sign-in-notice'],
    summary: 'lets everybody read something on the sign-in page, for some hours',
    input: writeNoticeCall,
    output: signInNotice,
    dangerous: true,
    cli: {
      name: 'notice write',
      operands: ['text'],
      options: { hours: { value: 'N', about: 'when it ends by itself; 4 if absent' } },
      input: async ({ text, hours }) => ({ text, ...(hours !== undefined && { hours: Number(hours) }) }),
      lines,
    },
    run: writeNotice,
  }),
  act({
    name: 'sign-in-notice.clear',
    http: ['DELETE', '/sign-in-notice'],
    summary: 'takes the notice from the sign-in page',
    helps: true,
    input: nothing,
    cli: { name: 'notice clear', operands: [], lines: () => ['Cleared.'] },
    run: (parts, _nothing, by) => clearNotice(parts, by),
  }),
]
