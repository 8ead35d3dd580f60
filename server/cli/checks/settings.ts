// The environment: not whether it can be read, which the start refuses, but whether it is wise.
import { type Config, type Environment, unknownVariables } from '../../config.ts'
import { isLocalName } from '../../config-values.ts'
import { about, type Finding } from './finding.ts'

const { ok, warning, problem } = about('settings')

export function checkSettings(config: Config, env: Environment): Finding[] {
  const findings = unwise(config, env)
  return findings.length > 0 ? findings : [ok('All settings make sense.')]
}

/** What a start says too: nobody runs `check` who thinks that all is well. */
export function unwise(config: Config, env: Environment): Finding[] {
  return [...misspelt(env), ...demonstration(config), ...proxies(config)]
}

function misspelt(env: Environment): Finding[] {
  return unknownVariables(env).map((name) =>
    warning(`${name} means nothing to Countersign.`, 'Look for a slip in its name, or remove it.'),
  )
}

function demonstration({ demo, url }: Config): Finding[] {
  if (!demo || url === undefined || isLocalName(new URL(url).hostname)) return []
  return [
    problem(
      'The demonstration runs on a public origin: its password is shown to whoever starts it.',
      'Remove COUNTERSIGN_DEMO.',
    ),
  ]
}

/** Behind a proxy that is not believed, everybody shares one address and so one limit. */
function proxies({ url, trustedProxies }: Config): Finding[] {
  if (!url?.startsWith('https:') || trustedProxies.length > 0) return []
  return [
    warning(
      'The origin is https, so a proxy ends TLS, but no proxy is trusted: all callers seem to have its address.',
      'Set COUNTERSIGN_TRUSTED_PROXIES to the proxy’s network, e.g. 127.0.0.1/32.',
    ),
  ]
}
