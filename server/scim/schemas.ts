// What we are able to do and what our resources look like, for programs to read (RFC 7643 §5–7, RFC 7644 §4).
import { GROUP_SCHEMA, USER_SCHEMA } from './resource.ts'

type Attribute = {
  name: string
  type: 'string' | 'boolean' | 'complex' | 'reference' | 'integer' | 'dateTime'
  description: string
  multiValued?: true
  required?: true
  caseExact?: true
  mutability?: 'readOnly' | 'immutable'
  returned?: 'always'
  uniqueness?: 'server'
  canonicalValues?: readonly string[]
  referenceTypes?: readonly string[]
  subAttributes?: readonly Attribute[]
}

/** With all that RFC 7643 §7 has defaults for said. */
function whole({ subAttributes, canonicalValues, referenceTypes, ...attribute }: Attribute): object {
  const { type } = attribute
  return {
    multiValued: false,
    required: false,
    ...(type !== 'boolean' && type !== 'complex' && { caseExact: false }),
    mutability: 'readWrite',
    returned: 'default',
    ...(type !== 'boolean' && type !== 'complex' && { uniqueness: 'none' }),
    ...attribute,
    ...(canonicalValues && { canonicalValues }),
    ...(referenceTypes && { referenceTypes }),
    ...(subAttributes && { subAttributes: subAttributes.map(whole) }),
  }
}

const text = (name: string, description: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  type: 'string',
  description,
  ...more,
})
const flag = (name: string, description: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  type: 'boolean',
  description,
  ...more,
})
const complex = (name: string, description: string, subAttributes: Attribute[], more: Partial<Attribute> = {}) =>
  ({ name, type: 'complex', description, subAttributes, ...more }) as Attribute
const reference = (name: string, description: string, referenceTypes: string[], more: Partial<Attribute> = {}) =>
  ({ name, type: 'reference', description, referenceTypes, caseExact: true, ...more }) as Attribute

const READ_ONLY = { mutability: 'readOnly' } as const
const IMMUTABLE = { mutability: 'immutable' } as const

const USER: Attribute[] = [
  text('userName', 'What the person signs in as.', { required: true, uniqueness: 'server' }),
  text('displayName', 'The name that people see; put together from the parts of the name where it is not told.', {
    required: true,
  }),
  complex('name', 'The parts of the name.', [text('familyName', 'Family name.'), text('givenName', 'Given name.')]),
  flag('active', 'Whether the person may sign in anywhere.', { required: true }),
  complex(
    'emails',
    'Where mail reaches the person: one address is kept.',
    [text('value', 'The address.'), text('type', 'Always work.', { canonicalValues: ['work'] })],
    { multiValued: true },
  ),
  complex(
    'groups',
    'The groups that the person is in.',
    [
      text('value', 'Its id.', READ_ONLY),
      reference('$ref', 'Its address.', ['Group'], READ_ONLY),
      text('display', 'Its name.', READ_ONLY),
    ],
    { multiValued: true, mutability: 'readOnly' },
  ),
]

const GROUP: Attribute[] = [
  text('displayName', 'What the group is called.', { required: true, uniqueness: 'server' }),
  complex(
    'members',
    'The people who are in it.',
    [
      text('value', 'The person’s id.', { ...IMMUTABLE, caseExact: true }),
      reference('$ref', 'The person’s address.', ['User'], IMMUTABLE),
      text('type', 'Always User.', { ...IMMUTABLE, canonicalValues: ['User'] }),
    ],
    { multiValued: true },
  ),
]

const SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema'
const RESOURCE_TYPE = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'
const CONFIG = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

/** The most that a filter finds and a body holds. */
type Bounds = { mostResults: number }

export function schemas(base: string) {
  return [
    { id: USER_SCHEMA, name: 'User', description: 'Somebody of the organisation.', attributes: USER },
    { id: GROUP_SCHEMA, name: 'Group', description: 'People gathered under a name.', attributes: GROUP },
  ].map(({ attributes, ...about }) => ({
    schemas: [SCHEMA],
    ...about,
    attributes: attributes.map(whole),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${about.id}` },
  }))
}

export function resourceTypes(base: string) {
  return [
    { id: 'User', endpoint: '/Users', schema: USER_SCHEMA, description: 'Somebody of the organisation.' },
    { id: 'Group', endpoint: '/Groups', schema: GROUP_SCHEMA, description: 'People gathered under a name.' },
  ].map((about) => ({
    schemas: [RESOURCE_TYPE],
    name: about.id,
    ...about,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${about.id}` },
  }))
}

export function serviceProviderConfig(base: string, { mostResults }: Bounds) {
  return {
    schemas: [CONFIG],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: mostResults },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'API token',
        description: 'An API token of the role provisioning, as a bearer token.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  }
}
