import { describe, expect, it } from 'vitest'
import { type ActName, mayAct, mayGrant, PERMISSIONS, ROLES } from './permissions.ts'

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

  it('can all look after their own session and passkeys', () => {
    const own = acts.filter((act) => /^(session|passkeys)\./.test(act))
    for (const role of ROLES) expect(own.filter((act) => !mayAct(role, act))).toEqual([])
  })
})
