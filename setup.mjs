// Makes a fresh clone ready: `node setup.mjs [build] [server] [browser] [postgres] [faults] [doors]`. It runs on any Node from 20 on,
// before anything is installed, so it is plain JavaScript without dependencies. What is there already is left alone.
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(fileURLToPath(import.meta.url))
const WINDOWS = process.platform === 'win32'
const OLDEST_NODE = 20

/** What the pages are built from. */
const SOURCES = ['client', 'sw', 'words', 'protocol', 'public', 'vite.config.ts', 'licences.ts', 'package-lock.json']
/** Written last: after a build that ended half-way it is missing, or older than its sources. */
const BUILT = 'dist/.built'

const CHROMIUMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Programs that only tests need, with the Debian packages that bring them. */
const PROGRAMS = {
  browser: [
    { name: 'Chromium', packages: ['chromium', 'fonts-liberation'], found: hasChromium },
    { name: 'dbus-daemon', packages: ['dbus-daemon'], found: () => onPath('dbus-daemon') },
    { name: 'openssl', packages: ['openssl'], found: () => onPath('openssl') },
    // Where words break depends on the letters' shapes, and names are shown in more scripts than one.
    { name: 'Noto fonts', packages: ['fonts-noto-core', 'fonts-noto-cjk'], found: hasNotoFonts },
  ],
  postgres: [{ name: 'PostgreSQL', packages: ['postgresql'], found: hasPostgres }],
  /** What harm is done with: see test/faults. */
  faults: [{ name: 'libfaketime', packages: ['libfaketime'], found: () => hasLibrary('faketime/libfaketime.so.1') }],
  /** What people really have in front of their VPNs, servers and web sites: see test/doors. */
  doors: [
    { name: 'bubblewrap', packages: ['bubblewrap'], found: () => onPath('bwrap') },
    { name: 'systemd-analyze', packages: ['systemd'], found: () => onPath('systemd-analyze') },
    { name: 'curl', packages: ['curl'], found: () => onPath('curl') },
    { name: 'promtool', packages: ['prometheus'], found: () => onPath('promtool') },
    { name: 'nginx', packages: ['nginx'], found: () => onPath('nginx') },
    { name: 'Caddy', packages: ['caddy'], found: () => onPath('caddy') },
    { name: 'pamtester', packages: ['pamtester'], found: () => onPath('pamtester') },
    { name: 'sudo', packages: ['sudo'], found: () => onPath('sudo') },
    { name: 'Apache', packages: ['apache2'], found: () => onPath('apache2') },
    {
      name: 'mod_auth_openidc',
      packages: ['libapache2-mod-auth-openidc'],
      found: () => existsSync('/usr/lib/apache2/modules/mod_auth_openidc.so'),
    },
    { name: 'slapd', packages: ['slapd'], found: () => onPath('slapd') },
    { name: 'FreeRADIUS', packages: ['freeradius'], found: () => onPath('freeradius') },
    { name: 'radclient', packages: ['freeradius-utils'], found: () => onPath('radclient') },
    { name: 'OpenVPN', packages: ['openvpn'], found: () => onPath('openvpn') },
    {
      name: 'OpenVPN’s RADIUS plugin',
      packages: ['openvpn-auth-radius'],
      found: () => existsSync('/usr/lib/openvpn/radiusplugin.so'),
    },
    { name: 'sshd', packages: ['openssh-server'], found: () => onPath('sshd') },
    { name: 'ssh', packages: ['openssh-client'], found: () => onPath('ssh') },
    {
      name: 'pam_radius_auth',
      packages: ['libpam-radius-auth'],
      found: () => hasLibrary('security/pam_radius_auth.so'),
    },
    { name: 'Python with venv', packages: ['python3', 'python3-venv'], found: hasPython },
  ],
}

async function main(tasks) {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(`Node ${OLDEST_NODE} or newer is needed; this is ${process.version}.`)
  }
  const unknown = tasks.find((task) => !['build', 'server'].includes(task) && !Object.hasOwn(PROGRAMS, task))
  if (unknown) fail(`There is nothing called ${unknown} to set up.`)
  const programs = tasks.flatMap((task) => PROGRAMS[task] ?? [])
  installDependencies(programs.length > 0)
  if (tasks.includes('build')) buildPages()
  if (tasks.includes('server')) packServer()
  await installPrograms(programs)
  if (!tasks.includes('doors')) return
  installPython()
  installRuntimes()
}

/** @param forTests whether packages that only development needs must be there too */
function installDependencies(forTests) {
  if (holdsTheLockedPackages(forTests) && pinnedNode()) return
  say('Installing the npm packages (about a minute) …')
  // Install scripts of packages do not run, whatever npm this is; Node itself comes by one (package.json, allowScripts).
  run(...npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'))
  run(...npm('rebuild', 'node', '--ignore-scripts=false'))
  if (!pinnedNode()) fail('The npm package `node` is installed without its program: allow its install script.')
}

/** Compares contents, not times: a checkout touches files without changing what they say. */
function holdsTheLockedPackages(forTests) {
  const installed = packagesOf('node_modules/.package-lock.json')
  const locked = packagesOf('package-lock.json')
  return Object.entries(locked).every(([path, { version, dev, optional, devOptional, link }]) => {
    if (path === '' || optional || devOptional || link || (dev && !forTests)) return true
    return installed[path]?.version === version
  })
}

function packagesOf(lockFile) {
  const path = join(ROOT, lockFile)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

function buildPages() {
  const built = statSync(join(ROOT, BUILT), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (built >= Math.max(...SOURCES.map((path) => newestChange(join(ROOT, path))))) return
  say('Building the pages …')
  const began = new Date()
  run(pinnedNode(), join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn')
  // As old as its sources: what was edited during the build is built next time.
  writeFileSync(join(ROOT, BUILT), '')
  utimesSync(join(ROOT, BUILT), began, began)
}

/** Where that can't be, because nothing may be written here for one, the server starts from its sources, only later. */
function packServer() {
  const { status, stderr } = spawnSync(pinnedNode(), [join(ROOT, 'server/cli/pack.ts')], { encoding: 'utf8' })
  const [reason] = /^\w*Error: .*/m.exec(stderr) ?? []
  if (status !== 0) say(`The server was not packed (${reason}): it starts from its sources, which takes longer.`)
}

/** Of a file, or of a folder and all below it: a removed file shows in its folder, so no check may write there. */
function newestChange(path) {
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) return 0
  if (!status.isDirectory()) return status.mtimeMs
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))))
}

async function installPrograms(programs) {
  const missing = await without(programs)
  if (missing.length === 0) return
  installPackages(missing)
  if ((await without(missing)).some(({ name }) => name === 'Chromium')) downloadChromium()
  const left = await without(missing)
  if (left.length === 0) return
  const packages = left.flatMap((program) => program.packages).join(' ')
  fail(`The tests need ${namesOf(left)}. On Debian: sudo apt-get install ${packages}`)
}

async function without(programs) {
  const found = await Promise.all(programs.map((program) => program.found()))
  return programs.filter((_, index) => !found[index])
}

function installPackages(programs) {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return
  say(`Installing ${namesOf(programs)} from Debian's packages …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const packages = programs.flatMap((program) => program.packages)
  const allow = denyServices()
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdio: 'ignore' })
  if (install().status !== 0) {
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' })
    install()
  }
  allow()
}

/** Debian starts what it installs; tests start their own, and no more may listen on this machine than before. */
function denyServices() {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return () => {}
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(policy)
}

function downloadChromium() {
  say('Downloading Chromium …')
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js')
  spawnSync(pinnedNode(), [cli, 'install', 'chromium'], { cwd: ROOT, stdio: 'ignore' })
}

async function hasChromium() {
  if (process.env.CHROMIUM_PATH || CHROMIUMS.some(onPath)) return true
  const { chromium } = await import('@playwright/test')
  return isExecutable(chromium.executablePath())
}

/** Debian has venv in a package of its own, and Python without it. */
function hasPython() {
  return spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0
}

/** What tests of doors need of Python, in a folder of its own; made anew whenever what it consists of has changed. */
function installPython() {
  const wanted = readFileSync(join(ROOT, 'test/doors/python.txt'), 'utf8')
  const folder = join(ROOT, 'node_modules/.cache/doors-python')
  const mark = join(folder, 'installed.txt')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return
  say('Installing validators of SCIM, images and what runs them, a fuzzer and an OpenID Connect client …')
  run('python3', '-m', 'venv', '--clear', folder)
  const python = join(folder, WINDOWS ? 'Scripts/python.exe' : 'bin/python3')
  run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'test/doors/python.txt')
  writeFileSync(mark, wanted)
}

/** Apart from the other packages, for they are 350 MB. */
function installRuntimes() {
  const folder = join(ROOT, 'node_modules/.cache/doors-runtimes')
  const mark = join(folder, 'installed.json')
  const [wanted, lock] = ['package.json', 'package-lock.json'].map((name) => join(ROOT, 'test/doors/runtimes', name))
  if (existsSync(mark) && readFileSync(mark, 'utf8') === readFileSync(lock, 'utf8')) return
  say('Installing Deno, Bun and workerd …')
  mkdirSync(folder, { recursive: true })
  for (const file of [wanted, lock]) copyFileSync(file, join(folder, basename(file)))
  run(...npm('ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'))
  copyFileSync(lock, mark)
}

/** Only Linux comes without letters of its own for most scripts. */
function hasNotoFonts() {
  const folder = '/usr/share/fonts'
  if (process.platform !== 'linux') return true
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => /NotoSans-Regular\./.test(name))
}

function hasPostgres() {
  if (process.env.TEST_DATABASE_URL || onPath('initdb')) return true
  const versions = '/usr/lib/postgresql'
  return existsSync(versions) && readdirSync(versions).some((name) => isExecutable(join(versions, name, 'bin/initdb')))
}

function pinnedNode() {
  const path = join(ROOT, 'node_modules/node/bin', WINDOWS ? 'node.exe' : 'node')
  return isExecutable(path) ? path : undefined
}

/** The npm that called, else the one on PATH. */
function npm(...args) {
  const cli = process.env.npm_execpath
  return cli?.endsWith('.js') ? [process.execPath, cli, ...args] : ['npm', ...args]
}

/** Shows what a command printed only where it failed. */
function run(program, ...args) {
  const shell = WINDOWS && program === 'npm'
  const { status, error, output } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', shell })
  if (status === 0) return
  process.stderr.write(output?.join('') ?? '')
  fail(`${[program, ...args].join(' ')} failed${error ? `: ${error.message}` : ''}.`)
}

/** Of Debian, whatever the architecture. */
function hasLibrary(path) {
  const folders = ['/lib', '/usr/lib'].filter(existsSync)
  return folders.some((folder) =>
    [folder, ...readdirSync(folder).map((name) => join(folder, name))].some((place) => existsSync(join(place, path))),
  )
}

function onPath(program) {
  return ['/usr/bin', '/usr/sbin', ...(process.env.PATH ?? '').split(delimiter)].some((folder) =>
    isExecutable(join(folder, program)),
  )
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const namesOf = (programs) => programs.map(({ name }) => name).join(', ')
const say = (line) => console.log(line)

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

await main(process.argv.slice(2))
