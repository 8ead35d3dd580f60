import { describe, expect, it } from 'vitest'
import { isConsistent, POLICY_MEMBERS, type Policy, type PolicyScope, PRESETS } from '../../protocol/policy.ts'
import { effectivePolicy, type Source } from './effective.ts'

const source = (scope: string, policy: Policy): Source => ({ scope: scope as PolicyScope, policy })
const values = (held: object) => Object.fromEntries(Object.entries(held).map(([member, { value }]) => [member, value]))

const SHIFT = { zone: 'UTC', days: [1], from: '08:00', until: '18:00' }

/** member → of one group, of another, what holds */
const BETWEEN_GROUPS: [keyof Policy, Policy, Policy, unknown][] = [
  ['numberMatching', { numberMatching: 'when-risky' }, { numberMatching: 'on' }, 'on'],
  ['numberDigits', { numberDigits: 6 }, { numberDigits: 3 }, 6],
  ['unlock', { unlock: 'none' }, { unlock: 'webauthn' }, 'webauthn'],
  ['approval', { approval: 'enhanced' }, { approval: 'standard' }, 'standard'],
  ['requestLifetime', { requestLifetime: 30 }, { requestLifetime: 90 }, 30],
  ['moreTime', { moreTime: 2 }, { moreTime: 5 }, 5],
  ['requestsPerMinute', { requestsPerMinute: 2 }, { requestsPerMinute: 5 }, 2],
  ['pendingRequests', { pendingRequests: 1 }, { pendingRequests: 3 }, 1],
  ['wrongNumbers', { wrongNumbers: 1 }, { wrongNumbers: 3 }, 1],
  ['refusalsInARow', { refusalsInARow: 2 }, { refusalsInARow: 3 }, 2],
  ['unansweredInARow', { unansweredInARow: 2 }, { unansweredInARow: 3 }, 2],
  ['pushPause', { pushPause: 15 }, { pushPause: 60 }, 60],
  ['reportPause', { reportPause: 15 }, { reportPause: 60 }, 60],
  ['typedPasscodes', { typedPasscodes: false }, { typedPasscodes: true }, false],
  ['recoveryCodes', { recoveryCodes: true }, { recoveryCodes: false }, false],
  ['wrongPasscodes', { wrongPasscodes: 5 }, { wrongPasscodes: 10 }, 5],
  ['temporaryPasscodeHours', { temporaryPasscodeHours: 1 }, { temporaryPasscodeHours: 0 }, 0],
  ['devices', { devices: 1 }, { devices: 4 }, 1],
  ['activationLife', { activationLife: 60 }, { activationLife: 10 }, 10],
  ['activationByMail', { activationByMail: true }, { activationByMail: false }, false],
  ['activationPassword', { activationPassword: true }, { activationPassword: false }, true],
  ['activationConfirmed', { activationConfirmed: false }, { activationConfirmed: true }, true],
  ['quietHours', { quietHours: 8 }, { quietHours: 0 }, 0],
  [
    'trustedNetworks',
    { trustedNetworks: ['10.0.0.0/8', '192.0.2.0/24'] },
    { trustedNetworks: ['10.0.0.0/8', '198.51.100.0/24'] },
    ['10.0.0.0/8'],
  ],
  ['refusedNetworks', { refusedNetworks: ['10.0.0.0/8'] }, { refusedNetworks: ['::1/128'] }, ['10.0.0.0/8', '::1/128']],
  ['refusedCountries', { refusedCountries: ['AA'] }, { refusedCountries: ['AA', 'ZZ'] }, ['AA', 'ZZ']],
  ['workingHours', { workingHours: [SHIFT] }, { workingHours: [SHIFT] }, [SHIFT, SHIFT]],
  ['withoutNumber', { withoutNumber: 'approval' }, { withoutNumber: 'passcode' }, 'passcode'],
  ['passwordAtGateway', { passwordAtGateway: true }, { passwordAtGateway: false }, false],
  ['onNewPlace', { onNewPlace: 'number' }, { onNewPlace: 'refuse' }, 'refuse'],
  ['onNewClient', { onNewClient: 'number-and-unlock' }, { onNewClient: 'number' }, 'number-and-unlock'],
  ['onRecentDenials', { onRecentDenials: 'nothing' }, { onRecentDenials: 'number' }, 'number'],
]

describe('what holds for a person', () => {
  it('is nothing where nothing is stored', () => {
    expect(effectivePolicy({ groups: [] })).toEqual({})
  })

  it('is, of what is theirs wherever they are, nothing that an application says', () => {
    const policy = { devices: 1, activationConfirmed: true, temporaryPasscodeHours: 0, numberDigits: 6 } as const
    const organisation = source('organisation', { devices: 4 })
    const held = effectivePolicy({ organisation, groups: [], application: source('app', policy) })
    expect(values(held)).toEqual({ devices: 4, numberDigits: 6 })
  })

  it.each(BETWEEN_GROUPS)('of two groups the stricter %s', (member, one, other, expected) => {
    for (const groups of [
      [source('a', one), source('b', other)],
      [source('b', other), source('a', one)],
    ]) {
      const { value } = effectivePolicy({ groups })[member] ?? {}
      expect(Array.isArray(value) ? [...value].sort() : value).toEqual(expected)
    }
  })

  it('every member is in the table', () => {
    expect(BETWEEN_GROUPS.map(([member]) => member)).toEqual(POLICY_MEMBERS)
  })

  it('the heavier wins, member by member, even where it asks for less', () => {
    const held = effectivePolicy({
      organisation: source('organisation', { numberMatching: 'on', devices: 2, requestLifetime: 30 }),
      groups: [source('staff', { devices: 9, typedPasscodes: false })],
      application: source('harbour', { numberMatching: 'off' }),
    })
    expect(values(held)).toEqual({ numberMatching: 'off', devices: 9, requestLifetime: 30, typedPasscodes: false })
  })

  it('what a person needs holds together with the heaviest, and is theirs where nobody else speaks', () => {
    const person = source('usr_alice', { moreTime: 5 })
    const application = source('harbour', { moreTime: 2, wrongNumbers: 3 })
    expect(values(effectivePolicy({ groups: [], application, person }))).toEqual({ moreTime: 5, wrongNumbers: 3 })
    expect(values(effectivePolicy({ groups: [source('a', { moreTime: 9 })], person }))).toEqual({ moreTime: 9 })
    expect(effectivePolicy({ groups: [], person }).moreTime?.from).toEqual(['usr_alice'])
  })

  it('says where each came from', () => {
    const held = effectivePolicy({
      organisation: source('organisation', { devices: 2 }),
      groups: [
        source('a', { numberDigits: 3, unlock: 'webauthn' }),
        source('b', { numberDigits: 6, unlock: 'webauthn' }),
      ],
    })
    expect(held.devices?.from).toEqual(['organisation'])
    expect(held.numberDigits?.from).toEqual(['b'])
    expect(held.unlock?.from).toEqual(['a', 'b'])
  })
})

it('the preset for AAL2 lets a password alone be enough nowhere, whatever the organisation and other groups say', () => {
  const lax = source('lax', { quietHours: 24, trustedNetworks: ['10.0.0.0/8'] })
  const groups = [lax, source('agency', PRESETS['nist-800-63b-4-aal2']), lax]
  const held = values(effectivePolicy({ organisation: lax, groups }))
  expect(held).toMatchObject({ quietHours: 0, trustedNetworks: [] })
})

it.each(Object.entries(PRESETS))('the preset %s does not contradict itself', (_name, policy) => {
  expect(isConsistent(policy)).toBe(true)
})
