import { describe, expect, it } from 'vitest'
import { type ActName, mayAct, mayGrant, OPERATOR_ROLES, PERMISSIONS, ROLES } from './permissions.ts'

const acts = Object.keys(PERMISSIONS) as ActName[]

describe('roles', () => {
  it.each(acts)('an owner may %s', (act) => expect(mayAct('owner', act)).toBe(true))

  it('are given by those who may do all that goes with them, and by nobody else', () => {
    const givenBy = (role: (typeof ROLES)[number]) => ROLES.filter((given) => mayGrant(role, given))
    expect(givenBy('owner')).toEqual(ROLES)
    expect(givenBy('administrator')).not.toContain('owner')
    expect(givenBy('help-desk')).not.toContain('administrator')
    expect(givenBy('auditor')).not.toContain('administrator')
  })

  it('that a directory’s token has open SCIM and nothing else, and are given by who may do that', () => {
    expect(acts.filter((act) => mayAct('provisioning', act))).toEqual(['scim.provision'])
    expect(ROLES.filter((role) => mayGrant(role, 'provisioning'))).toEqual(['owner', 'administrator', 'provisioning'])
  })

  it('can all look after their own session and passkeys', () => {
    const own = acts.filter((act) => /^(session|passkeys)\./.test(act))
    for (const role of OPERATOR_ROLES) expect(own.filter((act) => !mayAct(role, act))).toEqual([])
  })
})
