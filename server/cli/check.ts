// `check`: what is wrong with this installation, and how to mend it.
import * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import { openStore } from '../assemble.ts'
import { systemClock } from '../clock.ts'
import { type Config, type Environment, originsOf, readConfig } from '../config.ts'
import type { Origins } from '../http/app.ts'
import { systemLookup } from '../push/endpoint.ts'
import { openOutbound } from '../push/outbound.ts'
import type { Store } from '../store/store.ts'
import { checkCertificate } from './checks/certificate.ts'
import { checkDirectory } from './checks/directory.ts'
import { about, type Finding } from './checks/finding.ts'
import { checkOrigins, get } from './checks/origins.ts'
import { judgeClock, judgeReach, reachPushServices } from './checks/push-services.ts'
import { checkRadius } from './checks/radius.ts'
import { checkMasterKey, checkStore, checkTogether } from './checks/secrets-and-store.ts'
import { checkSettings } from './checks/settings.ts'
import { command, type Outcome } from './command.ts'
import { complaint, problemOf } from './fault.ts'
import { refuseNowhere } from './nowhere.ts'

export const check = command({
  name: 'check',
  operands: [],
  summary: 'says what is wrong with this installation, and how to mend it',
  options: {},
  input: z.object({}),
  run: async (_given, { env }) => told(await findings(env)),
})

async function findings(env: Environment): Promise<Finding[]> {
  const config = settingsOf(env)
  if (Array.isArray(config)) return config
  const origins = originsOf(config, config.port)
  const [settings, parts, way, certificate] = [
    checkSettings(config, env),
    checkParts(config, origins),
    checkWayOut(config),
    checkCertificate(origins.public, systemClock.now()),
  ]
  return [...settings, ...(await parts), await certificate, ...(await checkDirectory(config.ldap)), ...(await way)]
}

function settingsOf(env: Environment): Config | Finding[] {
  const { problem } = about('settings')
  try {
    return readConfig(env)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return complaint(error).map((line) => problem(line, 'Correct it and run this again.'))
  }
}

async function checkParts(config: Config, origins: Origins): Promise<Finding[]> {
  const store = await openedStore(config).catch((error) => problemOf(error))
  if (store instanceof Problem)
    return [about('store').problem(store.message, 'Nothing works without it; mend this first.')]
  try {
    const key = await checkMasterKey(config, store)
    const radius = checkRadius(config, { store, now: systemClock.now() })
    const own = [key.finding, ...(await checkStore(config, store)), ...(await radius)]
    if (!key.sealer) return own
    const together = await checkTogether(store, key.sealer)
    if (together.status !== 'ok') return [...own, together]
    return [...own, together, ...(await checkOrigins(origins, { store, sealer: key.sealer, get }))]
  } finally {
    await store.close()
  }
}

/** What looks after an installation makes none. */
async function openedStore(config: Config): Promise<Store> {
  refuseNowhere(config)
  return openStore(config)
}

async function checkWayOut(config: Config): Promise<Finding[]> {
  const { pushOrigins, httpsProxy, noProxy } = config
  const outbound = openOutbound({ allowedOrigins: pushOrigins, lookup: systemLookup, httpsProxy, noProxy })
  try {
    const reach = await reachPushServices(config, outbound, () => systemClock.now())
    return [judgeReach(reach, config), judgeClock(reach, systemClock.now())]
  } finally {
    await outbound.close()
  }
}

const SIGNS = { ok: '✓', warning: '!', problem: '✗', 'not checked': '·' }

function told(checks: Finding[]): Outcome {
  const counted = (wanted: Finding['status']) => checks.filter(({ status }) => status === wanted).length
  const problems = counted('problem')
  const lines = checks.flatMap(({ name, status, detail, remedy }) => [
    `${SIGNS[status]} ${name}: ${detail}`,
    ...(remedy === undefined ? [] : [`  ${remedy}`]),
  ])
  return {
    ok: problems === 0,
    json: { ok: problems === 0, checks },
    lines: [...lines, '', verdict(problems, counted('warning'))],
  }
}

function verdict(problems: number, warnings: number): string {
  if (problems > 0) return `${problems === 1 ? 'One problem' : `${problems} problems`} to mend.`
  return warnings === 0 ? 'All well.' : 'It works; what is marked with ! deserves a look.'
}
