// A D-Bus session of a test's own: what browsers show on it never reaches a desktop, nor another test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import type { MessageBus } from 'dbus-next'
import dbus from 'dbus-next'

export interface SessionBus {
  address: string
  connection: MessageBus
  stop(): Promise<void>
}

export async function startSessionBus(): Promise<SessionBus> {
  const daemon = spawn(
    'dbus-daemon',
    ['--session', '--nofork', '--print-address=1', `--address=unix:tmpdir=${tmpdir()}`],
    // It complains about a limit of open files that a container does not let it raise.
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const gone = once(daemon, 'exit')
  const firstLine = once(createInterface(daemon.stdout), 'line')
  // `once` rejects when the program cannot be started at all.
  const [address] = (await Promise.race([firstLine, gone.then(() => [])])) as [string?]
  if (!address) throw new Error('dbus-daemon ended before it gave an address')
  const connection = dbus.sessionBus({ busAddress: address })
  return {
    address,
    connection,
    stop: async () => {
      connection.disconnect()
      daemon.kill()
      await gone
    },
  }
}
