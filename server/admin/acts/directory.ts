// The organisation's LDAP directory: whether it is reached, and whom it shows under a name.
import { timeOrNull } from '../../../protocol/login-request.ts'
import { directoryTried, directoryView, tryDirectoryCall } from '../../../protocol/operator-api/directory.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { Problem } from '../../../protocol/problems.ts'
import { record } from '../../audit/record.ts'
import { act } from '../act.ts'
import { table } from '../typed/table.ts'

export const directoryActs = [
  act({
    name: 'directory.show',
    http: ['GET', '/directory'],
    summary: 'asks the organisation’s directory whether it is there, and shows which server answers, and since when',
    input: nothing,
    output: directoryView,
    cli: {
      name: 'directory',
      operands: [],
      lines: ({ directory }) =>
        directory === null
          ? ['No directory is set up: COUNTERSIGN_LDAP names one.']
          : table(directory.servers.map(({ server, state, since }) => [server, state, since ?? ''])),
    },
    run: async ({ ldap, config }) => {
      if (!ldap || !config.ldap) return { directory: null }
      const reached = await ldap.isReached()
      const servers = ldap.standing().map((one) => ({ ...one, since: timeOrNull(one.since) }))
      return { directory: { base: config.ldap.base, createUsers: config.ldap.createUsers, reached, servers } }
    },
  }),
  act({
    name: 'directory.try',
    http: ['POST', '/directory/try'],
    summary: 'tells whom the directory shows under a user name, and whether they would be let in; asks for no password',
    helps: true,
    input: tryDirectoryCall,
    output: directoryTried,
    cli: {
      name: 'directory try',
      operands: ['username'],
      lines: ({ refused, person }) => [
        refused === null ? 'With the right password they would be let in.' : `They would be refused: ${refused}.`,
        ...(person === null
          ? []
          : table([
              ['entry', person.entry],
              ['user name', person.username],
              ['name', person.displayName],
              ['mail', person.email ?? ''],
              ['groups', person.groups.join(', ')],
            ])),
      ],
    },
    run: async ({ ldap, store, clock }, { username }, by) => {
      if (!ldap) throw new Problem('directory-not-set-up')
      const { user, ...tried } = await ldap.look(username)
      const detail = { username, refused: tried.refused }
      await store.write((tx) => record(tx, { at: clock.now(), kind: 'directory-tried', user, by, detail }))
      return tried
    },
  }),
]
