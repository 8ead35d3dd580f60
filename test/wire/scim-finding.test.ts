// /scim/v2: what a directory that provisions us finds here, by filters and page by page.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { type List, provisioning } from '../support/provisioning.ts'
import { errorOf } from '../support/wire-scim.ts'

describe.each(ENGINES)('what a directory finds by SCIM on %s', (engine) => {
  const scim = provisioning(engine)
  const { unique, user, group, read, list, found } = scim

  it('finds people by filters', async () => {
    const tag = unique('t')
    const alice = await user({
      userName: `${tag}Alice`,
      displayName: `${tag} Aß`,
      externalId: `${tag}X`,
      emails: [{ value: `${tag}A@Harbour.example`, type: 'work' }],
    })
    const bea = await user({ userName: `${tag}bea`, active: false })
    const { id: inside } = await group({ members: [{ value: bea.id }] })
    const both = [alice.id, bea.id]
    const mine = `userName sw "${tag}"`
    const expected: [string, string[]][] = [
      [`userName eq "${tag.toUpperCase()}ALICE"`, [alice.id]],
      [`USERNAME Eq "${tag}alice"`, [alice.id]],
      [`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "${tag}alice"`, [alice.id]],
      [mine, both],
      [`${mine} and userName ne "${tag}alice"`, [bea.id]],
      [`${mine} and userName co "LIC"`, [alice.id]],
      [`${mine} and userName ew "bea"`, [bea.id]],
      [`userName eq "${tag}alice" or userName eq "${tag}bea"`, both],
      [`${mine} and not (active eq true)`, [bea.id]],
      [`${mine} and active eq "False"`, [bea.id]],
      [`${mine} and (externalId pr or active eq false)`, both],
      [`${mine} and not (externalId pr)`, [bea.id]],
      [`externalId eq "${tag}X"`, [alice.id]],
      [`externalId eq "${tag}x"`, []],
      [`displayName eq "${tag} Aß"`, [alice.id]],
      [`name.formatted eq "${tag} Aß"`, [alice.id]],
      [`${mine} and meta.resourceType eq "User"`, both],
      [`${mine} and meta.resourceType ne "User"`, []],
      [`emails.value eq "${tag}a@harbour.EXAMPLE"`, [alice.id]],
      [`emails[type eq "work" and value sw "${tag}a@"] and ${mine}`, [alice.id]],
      [`emails[type eq "work"].value eq "${tag}a@harbour.example"`, [alice.id]],
      [`emails[type eq "home"] and ${mine}`, []],
      [`${mine} and emails eq null`, [bea.id]],
      [`id eq "${bea.id}"`, [bea.id]],
      [`groups.value eq "${inside}"`, [bea.id]],
      [`${mine} and meta.lastModified ge "2001-01-01T00:00:00Z"`, both],
      [`${mine} and meta.lastModified lt "2001-01-01T00:00:00Z"`, []],
      [`${mine} and meta.lastModified le "${alice.meta.lastModified}"`, both],
    ]
    for (const [filter, ids] of expected) expect([filter, await found(filter)]).toEqual([filter, ids])
    expect(await found(`members.value eq "${bea.id}"`, 'Groups')).toEqual([inside])
    expect(await found(`meta.resourceType eq "Group" and id eq "${inside}"`, 'Groups')).toEqual([inside])
    expect(await found(`members[value eq "${bea.id}"] and id eq "${inside}"`, 'Groups')).toEqual([inside])
  })

  it('has wildcards, quotes and SQL in a filter compared as what they are', async () => {
    const odd = unique(`o'%_\\"`)
    const { id } = await user({ userName: odd, displayName: odd })
    for (const op of ['eq', 'sw', 'co', 'ew'])
      expect([op, await found(`userName ${op} ${JSON.stringify(odd)}`)]).toEqual([op, [id]])
    expect(await found(`displayName eq ${JSON.stringify(odd)}`)).toEqual([id])
    const before = (await list('/Users?count=0')).totalResults
    expect(await found(`userName eq "'; DELETE FROM users; --"`)).toEqual([])
    expect(await found(`userName eq "x' OR '1'='1"`)).toEqual([])
    expect(await found(`userName co "%" and id eq "${id}"`)).toEqual([id])
    expect((await list('/Users?count=0')).totalResults).toBe(before)
  })

  it.each([
    ['userName eq', 'invalidFilter'],
    ['userName eq alice', 'invalidFilter'],
    ['userName = "alice"', 'invalidFilter'],
    ['(userName eq "a"', 'invalidFilter'],
    ['userName eq "a" and', 'invalidFilter'],
    ['userName eq "a" "b"', 'invalidFilter'],
    ['userName eq "a', 'invalidFilter'],
    ['emails[value eq "a"', 'invalidFilter'],
    ['shoeSize eq 43', 'invalidFilter'],
    ['__proto__ pr', 'invalidFilter'],
    ['constructor eq "a"', 'invalidFilter'],
    ['active gt true', 'invalidFilter'],
    ['active eq "perhaps"', 'invalidFilter'],
    ['userName eq 4', 'invalidFilter'],
    ['meta.lastModified gt "yesterday"', 'invalidFilter'],
    ['userName eq "\\ud800\\u0000"', 'invalidFilter'],
  ])('is refused the filter %s', async (filter, scimType) => {
    expect(errorOf(await scim.directory.call('GET', `/Users?filter=${encodeURIComponent(filter)}`))).toBe(
      `400 ${scimType}`,
    )
  })

  it('is refused filters that are too long, too deep or of too many parts', async () => {
    const wide = Array.from({ length: 200 }, () => 'id pr').join(' or ')
    for (const filter of [`${'('.repeat(200)}id pr${')'.repeat(200)}`, wide, `id eq "${'x'.repeat(5000)}"`])
      expect(errorOf(await scim.directory.call('GET', `/Users?filter=${encodeURIComponent(filter)}`))).toBe(
        '400 invalidFilter',
      )
  })

  it('lists everybody once, page by page, whoever is added or removed meanwhile', async () => {
    await Promise.all([1, 2, 3, 4, 5].map(() => user()))
    const expected = (await list('/Users?count=500')).Resources.map(({ id }) => id)
    const seen: string[] = []
    for (let first = 1; ; ) {
      const { Resources } = await list(`/Users?startIndex=${first}&count=2`)
      if (Resources.length === 0) break
      seen.push(...Resources.map(({ id }) => id))
      first += Resources.length
      // Before all others, and so before the bookmark.
      if (first === 3) await user({ userName: '!first@harbour.example' })
      if (first === 5) await scim.directory.call('DELETE', `/Users/${seen[0]}`)
    }
    expect(seen).toEqual(expected)
    expect((await list('/Users?startIndex=1&count=1')).Resources[0]?.userName).toBe('!first@harbour.example')
  })

  it('lists every group once, whichever is added meanwhile', async () => {
    await Promise.all([1, 2, 3].map(() => group()))
    const expected = (await list('/Groups?count=500')).Resources.map(({ id }) => id)
    const seen: string[] = []
    for (let first = 1; ; ) {
      const { Resources } = await list(`/Groups?startIndex=${first}&count=2`)
      if (Resources.length === 0) break
      seen.push(...Resources.map(({ id }) => id))
      first += Resources.length
      if (first === 3) await group({ displayName: unique('!first ') })
    }
    expect(seen).toEqual(expected)
  })

  it('turns pages', async () => {
    const tag = unique('p')
    const ids: string[] = []
    for (const letter of 'abc') ids.push((await user({ userName: `${tag}${letter}` })).id)
    const filter = `filter=${encodeURIComponent(`userName sw "${tag}"`)}`
    const page = await list(`/Users?${filter}&startIndex=2&count=1`)
    expect(page).toMatchObject({ totalResults: 3, startIndex: 2, itemsPerPage: 1 })
    expect(page.Resources.map(({ id }) => id)).toEqual([ids[1]])
    expect(await list(`/Users?${filter}&count=-3&startIndex=-9`)).toMatchObject({
      totalResults: 3,
      startIndex: 1,
      Resources: [],
    })
    expect((await list(`/Users?${filter}&startIndex=9`)).Resources).toEqual([])
    const whole = await list('/Users?count=100000')
    expect(whole.totalResults).toBeGreaterThan(3)
    expect(whole.Resources.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    expect(errorOf(await scim.directory.call('GET', '/Users?count=many'))).toBe('400 invalidValue')
    const search = { filter: `userName sw "${tag}"`, count: 2, attributes: ['userName'] }
    const searched = await scim.directory.call<List>('POST', '/Users/.search', search)
    expect(searched.body).toMatchObject({ totalResults: 3, itemsPerPage: 2 })
    expect(Object.keys(searched.body.Resources[0] ?? {}).sort()).toEqual(['id', 'schemas', 'userName'])
  })

  it('finds what only people or only groups have in a search among both', async () => {
    const { userName } = await user()
    const among = async (filter: string) => (await scim.directory.call<List>('POST', '/.search', { filter })).body
    expect(await among(`userName eq "${userName}"`)).toMatchObject({ totalResults: 1, Resources: [{ userName }] })
    const unlike = await among(`userName eq "${userName}" or (not (active pr) and displayName eq "none has it")`)
    expect(unlike).toMatchObject({ totalResults: 1 })
    const { body: group } = await scim.directory.call<{ id: string }>('POST', '/Groups', {
      displayName: `crew of ${userName}`,
    })
    expect(await among(`displayName eq "crew of ${userName}" and userName ne "nobody"`)).toMatchObject({
      totalResults: 1,
      Resources: [{ id: group.id }],
    })
    const either = 'meta.resourceType eq "User" or meta.resourceType eq "Group"'
    const all = [
      await among(either),
      await among('meta.resourceType eq "User"'),
      await among('meta.resourceType eq "Group"'),
    ]
    const [both = 0, people = 0, groups = 0] = all.map(({ totalResults }) => totalResults)
    expect([people, groups]).toEqual([
      (await list('/Users?count=0')).totalResults,
      (await list('/Groups?count=0')).totalResults,
    ])
    expect(both).toBe(people + groups)
    expect(errorOf(await scim.directory.call('POST', '/.search', { filter: 'shoeSize eq 42' }))).toBe(
      '400 invalidFilter',
    )
  })

  it('sends only the attributes that are asked for', async () => {
    const { id } = await user({ displayName: 'Alice', emails: [{ value: 'a@harbour.example' }] })
    const only = await read(`/Users/${id}?attributes=displayName,emails.value`)
    expect(only).toEqual({
      schemas: expect.anything(),
      id,
      displayName: 'Alice',
      emails: [{ value: 'a@harbour.example' }],
    })
    const without = await read(`/Users/${id}?excludedAttributes=groups,meta.created`)
    expect(without).not.toHaveProperty('groups')
    expect(without.meta).not.toHaveProperty('created')
    const { id: inside } = await group({ members: [{ value: id }] })
    expect(await read(`/Groups/${inside}?excludedAttributes=members`)).not.toHaveProperty('members')
    const [listed] = (
      await list(`/Groups?excludedAttributes=members&filter=${encodeURIComponent(`id eq "${inside}"`)}`)
    ).Resources
    expect(listed).not.toHaveProperty('members')
  })
})
