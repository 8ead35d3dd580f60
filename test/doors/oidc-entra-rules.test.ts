// The stand-in for Entra takes nothing that Microsoft's documentation forbids: each of its rules is broken once, by
// itself.
import { beforeAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { claimsOf, entraHouse } from '../support/entra-house.ts'
import { type Answered, broken, DISCOVERY, type Discovered, ERROR, SUCCESS } from '../support/entra-rules.ts'
import { answered as factsOf } from '../support/entra-stand-in.ts'

/** What breaks each rule, and nothing before it. */
type Falsify<Facts> = (facts: Facts) => Facts
const told =
  (changed: (now: Record<string, unknown>, facts: Discovered) => Record<string, unknown>): Falsify<Discovered> =>
  (facts) => ({ ...facts, metadata: { ...facts.metadata, ...changed(facts.metadata, facts) } })
const keyed =
  (changed: object): Falsify<Discovered> =>
  (facts) => ({
    ...facts,
    keys: facts.keys.map((key) => ({ ...key, ...changed })),
  })
const FALSE_DISCOVERY: Record<string, Falsify<Discovered>> = {
  'the discovery address is https, ends in /.well-known/openid-configuration, without query and fragment': (facts) => ({
    ...facts,
    url: `${facts.url}?client_id=x`,
  }),
  'the document comes with its length': (facts) => ({ ...facts, length: null }),
  'the issuer is https, without query and fragment': told(() => ({ issuer: 'http://harbour.example' })),
  'the issuer is where it is found, character for character': told(({ issuer }) => ({ issuer: `${issuer}/` })),
  'authorization_endpoint is a reply address of the app registration': (facts) => ({ ...facts, replyAddresses: [] }),
  'jwks_uri is https, without query and fragment': told(({ jwks_uri }) => ({ jwks_uri: `${jwks_uri}#x` })),
  'scopes_supported has openid': told(() => ({ scopes_supported: ['profile'] })),
  'response_types_supported has id_token': told(() => ({ response_types_supported: ['code'] })),
  'subject_types_supported is there': told(() => ({ subject_types_supported: undefined })),
  'id_token_signing_alg_values_supported has RS256': told(() => ({ id_token_signing_alg_values_supported: ['ES256'] })),
  'claim_types_supported, where it is there, has normal': told(() => ({ claim_types_supported: ['distributed'] })),
  'each key has a kid of its own and is for RS256': keyed({ kid: undefined }),
  'each key is there as x5c too': keyed({ n: 'another' }),
}
const says =
  (claims: Record<string, unknown>): Falsify<Answered> =>
  (facts) => ({
    ...facts,
    claims: { ...facts.claims, ...claims },
  })
const posts =
  (fields: Record<string, string>): Falsify<Answered> =>
  (facts) => ({
    ...facts,
    fields: { ...facts.fields, ...fields },
  })
const FALSE_EITHER: Record<string, Falsify<Answered>> = {
  'it is posted to the redirect_uri, by a page that may post nowhere else': (facts) => ({ ...facts, mayPostTo: '*' }),
  'state is what was sent, and absent where none was': posts({ state: 'another' }),
}
const FALSE_ANSWERS: Record<string, Falsify<Answered>> = {
  ...FALSE_EITHER,
  'there is no error': posts({ error: 'access_denied' }),
  'it is signed by RS256, with a key that jwks_uri has': (facts) => ({ ...facts, isSigned: false }),
  'iss is the issuer': says({ iss: 'https://evil.example' }),
  'aud is Entra’s client id': says({ aud: 'another' }),
  'exp is to come': says({ exp: 1 }),
  'iat is now': says({ iat: undefined }),
  'sub is that of the hint': says({ sub: 'mallory' }),
  'nonce is what was sent, and absent where none was': says({ nonce: undefined }),
  'acr is one value, of those that were asked for': says({ acr: 'knowledge' }),
  'amr is an array of one': says({ amr: ['swk', 'otp'] }),
  'amr is of those that were asked for, and Microsoft’s': says({ amr: ['pwd'] }),
  'amr is of a type that acr names': (facts) => ({
    ...says({ acr: 'possession', amr: ['fpt'] })(facts),
    asked: { ...facts.asked, claims: '{}' },
  }),
}
const FALSE_ERRORS: Record<string, Falsify<Answered>> = {
  ...FALSE_EITHER,
  'error is an ASCII code of OAuth’s': posts({ error: 'no-sign-in' }),
  'there is no id_token': posts({ id_token: 'x' }),
}

describe.each(ENGINES)('of what it is told on %s Entra takes nothing', (engine) => {
  const house = entraHouse(engine)
  const { person, answered } = house
  let found: Discovered
  let answer: Answered
  let refused: Answered
  beforeAll(async () => {
    const who = await person()
    found = await house.entra.found(house.discoveryUrl)
    const known = await house.entra.discover(house.discoveryUrl)
    const question = async () => house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)))
    const [one, other] = [await question(), await question()]
    answer = await factsOf(await answered(one, who.device, 'approve'), one, known, who.sub)
    refused = await factsOf(await answered(other, who.device, 'deny'), other, known, who.sub)
  })

  it.each(Object.entries(FALSE_DISCOVERY))('where it is not so that %s', (rule, falsify) => {
    expect(broken(DISCOVERY, found)).toBeUndefined()
    expect(broken(DISCOVERY, falsify(found))).toBe(rule)
  })

  it.each(Object.entries(FALSE_ANSWERS))('after an approval, where it is not so that %s', (rule, falsify) => {
    expect(broken(SUCCESS, answer)).toBeUndefined()
    expect(broken(SUCCESS, falsify(answer))).toBe(rule)
  })

  it.each(Object.entries(FALSE_ERRORS))('after a denial, where it is not so that %s', (rule, falsify) => {
    expect(broken(ERROR, refused)).toBeUndefined()
    expect(broken(ERROR, falsify(refused))).toBe(rule)
  })
})

it('no rule of Microsoft’s is idle', () => {
  expect(Object.keys(FALSE_DISCOVERY)).toEqual(Object.keys(DISCOVERY))
  expect(Object.keys(FALSE_ANSWERS)).toEqual(Object.keys(SUCCESS))
  expect(Object.keys(FALSE_ERRORS)).toEqual(Object.keys(ERROR))
})
