// An act is what somebody of the organisation may do. One definition gives its HTTP route, its page of the API's
// description and, where it has `cli`, its command; no rule of the domain is in it: it parses, calls a service, and
// shapes the answer.
import type * as z from 'zod/mini'
import type { ActName } from '../../protocol/permissions.ts'
import type { Assembly } from '../assemble.ts'
import type { Actor } from '../audit/actor.ts'
import type { Method } from '../http/routes.ts'
import type { From } from '../operators/invitations.ts'
import type { Session } from '../operators/sessions.ts'
import type { Given, Option } from './typed/option.ts'

export type Schema = z.ZodMiniType

/** What is known of a call besides its input. */
export type AdminCall = {
  /** undefined only where nobody has signed in yet */
  actor: Actor | undefined
  /** undefined for API tokens and the command line */
  session: Session | undefined
  from: From
  /** the cookie of the console; the command line has none */
  browser: { keep(secret: string): void; forget(): void }
  /** whether nobody waits for the answer any more */
  isGone(): boolean
}

/** How people type it. */
export type Cli<Input, Output> = {
  /** 'user suspend' */
  name: string
  operands: readonly string[]
  options?: Readonly<Record<string, Option>>
  /** from operands and options to the input; where absent, they are it (`expires-in` as `expiresIn`) */
  input?(given: Given, parts: Assembly): Promise<Partial<Input> | Record<string, unknown>>
  /** for scripts; the output where absent */
  json?(output: Output): Record<string, unknown>
  /** for people */
  lines(output: Output, given: Given): string[]
}

/** Where only some calls are. */
export type Dangerous<Input> = {
  /** 'with a password' */
  where: string
  is(input: Input): boolean
}

type Definition<Input extends Schema, Output extends Schema> = {
  /** method, and path below /admin/v1; `:name` parts are members of the input */
  http: readonly [Method, string]
  /** 'stops a person from signing in' */
  summary: string
  /** members of path, query (GET, DELETE) and body together, by name */
  input: Input
  /** absent: 204. An output with a `version` has it as its ETag too */
  output?: Output
  /** 200 where absent and there is an output */
  status?: 201 | 202
  /** a session needs a passkey that was used within 5 minutes: it lets somebody in, or can't be undone */
  dangerous?: true | Dangerous<z.output<Input>>
  /** the body is a file, not JSON */
  upload?: Upload
  /** what does harm if it is done often, or what an attacker would talk a help desk into: so many an hour of that role, and of a session without a fresh passkey */
  helps?: true
  /** asked for as text/event-stream it is sent again, at most this often (ms), whenever it has changed */
  every?: number
  /** the call must say by If-Match which version it has seen; it is `version` of the input */
  versioned?: true
}

type Ran<Output extends Schema> = Promise<Schema extends Output ? void : z.output<Output>>

/** A file that is sent to us, and how large it may be (bytes). */
export type Upload = { type: string; most: number }

/** A file that is made while it is sent. */
export type Download = { type: string; name: string; chunks: AsyncIterable<string> }

/** As routes, description and command line see it. */
export type Act = {
  name: string
  /** 'role': by the table of permissions; 'session': that, and only in the console; 'open': before there is a session */
  access: 'role' | 'session' | 'open'
  http: readonly [Method, string]
  summary: string
  input: Schema
  output: Schema | undefined
  status: number
  dangerous: boolean | Dangerous<unknown>
  helps: boolean
  versioned: boolean
  /** the media types it may have, where the answer is a file */
  download: readonly string[] | undefined
  /** the body is a file; it is the input’s member `file`, the others are in the query */
  upload: Upload | undefined
  every: number | undefined
  cli: Cli<unknown, unknown> | undefined
  run(parts: Assembly, input: unknown, call: AdminCall): Promise<unknown>
}

/** An act of operators and API tokens whose role may. */
export function act<Input extends Schema, Output extends Schema>(
  about: Definition<Input, Output> & {
    name: ActName
    cli?: Cli<z.output<Input>, z.output<Output>>
    run(parts: Assembly, input: z.output<Input>, actor: Actor, call: AdminCall): Ran<Output>
  },
): Act {
  const { run, cli, ...rest } = about
  return {
    ...built('role', rest),
    cli: cli as Cli<unknown, unknown> | undefined,
    run: (parts, input, call) => run(parts, input as z.output<Input>, known(call.actor), call),
  }
}

/** An act whose answer is a file. */
export function downloadAct<Input extends Schema>(
  about: Definition<Input, Schema> & {
    name: ActName
    download: readonly string[]
    run(parts: Assembly, input: z.output<Input>, actor: Actor): Promise<Download>
  },
): Act {
  const { run, download, ...rest } = about
  return {
    ...built('role', rest),
    download,
    run: (parts, input, call) => run(parts, input as z.output<Input>, known(call.actor)),
  }
}

/** An act that needs a session of the console: something of one's own. */
export function sessionAct<Input extends Schema, Output extends Schema>(
  about: Definition<Input, Output> & {
    name: ActName
    run(parts: Assembly, input: z.output<Input>, session: Session, call: AdminCall & { actor: Actor }): Ran<Output>
  },
): Act {
  const { run, ...rest } = about
  return {
    ...built('session', rest),
    run: (parts, input, call) =>
      run(parts, input as z.output<Input>, known(call.session), { ...call, actor: known(call.actor) }),
  }
}

/** What anybody may try: it is how a session begins. Its path has no `:name`. */
export function openAct<Input extends Schema, Output extends Schema>(
  about: Definition<Input, Output> & {
    name: string
    run(parts: Assembly, input: z.output<Input>, call: AdminCall): Ran<Output>
  },
): Act {
  const { run, ...rest } = about
  return { ...built('open', rest), run: (parts, input, call) => run(parts, input as z.output<Input>, call) }
}

function built(access: Act['access'], about: Definition<Schema, Schema> & { name: string }): Omit<Act, 'run'> {
  const { name, http, summary, input, output } = about
  return {
    name,
    access,
    http,
    summary,
    input,
    output,
    status: about.status ?? (output ? 200 : 204),
    dangerous: about.dangerous ?? false,
    helps: about.helps ?? false,
    versioned: about.versioned ?? false,
    download: undefined,
    upload: about.upload,
    every: about.every,
    cli: undefined,
  }
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an act ran before it was authorised')
  return value
}
