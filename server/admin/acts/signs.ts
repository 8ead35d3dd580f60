// Signs of an attack on one person.
import { listSignsCall, signCall, signList, signView } from '../../../protocol/operator-api/signs.ts'
import type { Assembly } from '../../assemble.ts'
import { closeSign, listSigns, signVersion, takeSign } from '../../watching/sign-inbox.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

/** Whoever types has just seen it. */
const latest = async (given: Given, parts: Assembly) => ({
  ...given,
  version: await signVersion(parts, String(given.id)),
})

export const signActs = [
  act({
    name: 'signs.list',
    http: ['GET', '/signs'],
    summary: 'shows who approved soon after a denial, or denies again and again: of the last day, newest first',
    input: listSignsCall,
    output: signList,
    cli: {
      name: 'sign list',
      operands: ['kind'],
      options: { cursor: CURSOR },
      lines: ({ signs, next }) => [
        ...(signs.length === 0
          ? ['None.']
          : table(
              signs.map(({ at, user, denials, takenBy, id }) =>
                [at, user.username, denials, takenBy ?? '', id].map(String),
              ),
            )),
        ...more(next),
      ],
    },
    run: listSigns,
  }),
  act({
    name: 'signs.take',
    http: ['POST', '/signs/:id/take'],
    summary: 'says that one deals with a sign of an attack; taking over from somebody is allowed',
    input: signCall,
    output: signView,
    versioned: true,
    cli: { name: 'sign take', operands: ['id'], input: latest, lines: ({ takenBy }) => [`${takenBy} deals with it.`] },
    run: takeSign,
  }),
  act({
    name: 'signs.close',
    http: ['POST', '/signs/:id/close'],
    summary: 'says that a sign of an attack is dealt with; what follows is another',
    input: signCall,
    output: signView,
    versioned: true,
    cli: { name: 'sign close', operands: ['id'], input: latest, lines: () => ['Closed.'] },
    run: closeSign,
  }),
]
