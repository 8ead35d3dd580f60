// The arrows between rooms, as docs/architecture.md draws them. `test/arrows.test.ts` plants imports against them.
/** In the order in which they may take of one another: each from those after it only, so that they form no circle. */
const ORDER = 'cli demo admin account forward-auth oidc login scim radius webhooks traces metrics http'.split(' ')
const EDGES = ORDER.join('|')
const ASSEMBLY = '(config[a-z-]*|log|master-key|assemble|chores|main|janitor)\\.ts$'

/** What a folder may import of ours: itself, and these. */
const onlyFrom = (name, from, ...rooms) => ({
  name,
  comment: `${from} may import ${rooms.join(', ') || 'nothing of ours'} only`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: TESTS },
  to: { path: OURS, pathNot: [from, ...rooms].map((room) => `^${room}(/|$)`) },
})

const TESTS = '\\.test\\.ts$'
const OURS = '^(protocol|words|client|sw|server|test)/'

/**
 * Of the domain, in the order in which they may take of one another: each from those after it only. What stands on one
 * line forms a circle still.
 */
const DOMAIN = [
  'sign-in',
  'desk',
  'ldap',
  'foresight',
  'on-device',
  'enrolment',
  'devices|directory|passcodes|requests|watching',
  'handed-out',
  'recovery',
  'notices',
  'policy',
  'retention',
  'applications',
  'mail',
  'operators',
  'push',
  'syslog',
  'logging',
  'overload',
  'audit',
  'throttling',
  'whereabouts',
]

const domainInOrder = DOMAIN.slice(1).map((rooms, above) => ({
  name: 'domain-in-order',
  comment: `${rooms} knows none of those that take of it`,
  severity: 'error',
  from: { path: `^server/(${rooms})/`, pathNot: TESTS },
  to: { path: `^server/(${DOMAIN.slice(0, above + 1).join('|')})/` },
}))

/** The authenticator's features, likewise. */
const FEATURES = ['settings', 'history', 'devices', 'requests', 'enrol|tokens', 'notifications', 'unlock']

const featuresInOrder = FEATURES.slice(1).map((features, above) => ({
  name: 'features-in-order',
  comment: `${features} knows none of those that take of it`,
  severity: 'error',
  from: { path: `^client/app/(${features})/`, pathNot: TESTS },
  to: { path: `^client/app/(${FEATURES.slice(0, above + 1).join('|')})/` },
}))

const edgesInOrder = ORDER.slice(1).map((edge, above) => ({
  name: 'edges-in-order',
  comment: `who sends people to ${edge} knows it, and not the other way about`,
  severity: 'error',
  from: { path: `^server/${edge}/`, pathNot: TESTS },
  to: { path: `^server/(${ORDER.slice(0, above + 1).join('|')})/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    onlyFrom('protocol-is-pure', 'protocol'),
    onlyFrom('words-stand-alone', 'words'),
    onlyFrom('device-knows-no-page', 'client/device', 'protocol'),
    onlyFrom('application-client', 'client/application', 'protocol'),
    onlyFrom('ui-knows-no-domain', 'client/ui', 'words'),
    onlyFrom('authenticator', 'client/app', 'client/device', 'client/ui', 'protocol', 'words'),
    onlyFrom('login-page', 'client/login', 'client/ui', 'protocol', 'words'),
    onlyFrom('account-page', 'client/account', 'client/ui', 'protocol', 'words'),
    onlyFrom('console-page', 'client/console', 'client/ui', 'protocol', 'words'),
    onlyFrom('worker-takes-the-device-only', 'sw', 'client/device', 'protocol', 'words'),
    onlyFrom('server-knows-no-client', 'server', 'protocol', 'words'),
    {
      name: 'protocol-and-words-run-everywhere',
      comment: 'the same files run in page, worker and server: no Node, no DOM library',
      severity: 'error',
      from: { path: '^(protocol|words)/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'application-client-needs-nothing',
      comment: 'it is published by itself: no package, and of `protocol` only what needs none',
      severity: 'error',
      from: { path: '^client/application/', pathNot: TESTS },
      to: { pathNot: '^(client/application/|protocol/(event-stream|problem-slug)\\.ts$)' },
    },
    {
      name: 'device-has-no-vue',
      comment: 'the worker uses it too',
      severity: 'error',
      from: { path: '^(client/device|sw)/', pathNot: TESTS },
      to: { path: '(^|/)node_modules/(@vue|vue|vue-router|pinia)/' },
    },
    {
      name: 'domain-never-imports-an-edge',
      comment: 'edges call the domain; rules live in the domain alone',
      severity: 'error',
      from: { path: '^server/', pathNot: [`^server/(${EDGES})/`, `^server/${ASSEMBLY}`, TESTS] },
      to: { path: `^server/((${EDGES})/|(assemble|chores|main|janitor)\\.ts$)` },
    },
    ...featuresInOrder,
    ...domainInOrder,
    ...edgesInOrder,
    {
      name: 'nobody-imports-the-command-line',
      comment: 'what is typed about an act stands with the act, in server/admin/typed',
      severity: 'error',
      from: { path: '^server/', pathNot: ['^server/cli/', TESTS] },
      to: { path: '^server/cli/' },
    },
    {
      name: 'store-knows-no-domain',
      severity: 'error',
      from: { path: '^server/store/', pathNot: TESTS },
      to: { path: '^server/', pathNot: '^server/store/' },
    },
    {
      name: 'harbour-is-a-stranger',
      comment: 'the demonstration site is written as an integrator would: nothing of ours but the standard protocol',
      severity: 'error',
      from: { path: '^server/demo/harbour', pathNot: TESTS },
      to: { path: OURS, pathNot: '^server/demo/harbour' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-drawers',
      comment: 'name the concept instead',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(utils?|helpers?|common|misc|lib)(/|\\.[a-z]+$)', pathNot: 'node_modules' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.(css|svg|png|html)$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.vue', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
