// What Harbour is told by its environment.

export type HarbourEnvironment = {
  /** its own origin */
  HARBOUR_URL: string
  ISSUER: string
  CLIENT_ID: string
  CLIENT_SECRET: string
}

export type HarbourSettings = {
  url: string
  host: string
  port: number
  issuer: string
  clientId: string
  clientSecret: string
}

type Environment = Readonly<Record<string, string | undefined>>

export function readEnvironment(env: Environment): HarbourSettings {
  const url = new URL(required(env, 'HARBOUR_URL'))
  return {
    url: url.origin,
    host: env.HOST || '127.0.0.1',
    port: Number(env.PORT || url.port || 80),
    issuer: required(env, 'ISSUER'),
    clientId: required(env, 'CLIENT_ID'),
    clientSecret: required(env, 'CLIENT_SECRET'),
  }
}

function required(env: Environment, name: keyof HarbourEnvironment): string {
  const value = env[name]
  if (!value) throw new Error(`Harbour needs ${name} in its environment`)
  return value
}
