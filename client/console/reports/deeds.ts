// What can be pressed about a report: each a question with its reach in the button, a call, and the role it needs.
import type { ReportShown } from '../../../protocol/operator-api/reports.ts'
import type { ActName } from '../../../protocol/permissions.ts'
import { parts, t } from '../../../words/console.ts'
import type { Part } from '../../../words/translate.ts'

export type Deed = {
  act: ActName
  label: string
  title: readonly Part[]
  why: readonly Part[]
  button: readonly Part[]
  danger: boolean
  path: string
  body?: Record<string, unknown>
}

const HOUR = 60
const DAY = 24 * HOUR

export function deedsOf(report: ReportShown): Deed[] {
  const { user, from } = report
  if (user.username === null) return []
  const { addressBlocked: blocked } = report
  const network = from?.network
  return [
    ...ofPerson(report, user.username),
    ...(blocked ? [unblock(blocked.address)] : network ? [block(network)] : []),
  ]
}

function ofPerson(report: ReportShown, name: string): Deed[] {
  const base = `/users/${report.user.id}`
  const common = { danger: true }
  const words = (key: 'pause' | 'resume' | 'sessions' | 'password' | 'passcode') => ({
    label: t(`reports.${key}`),
    title: parts(`reports.${key}.title`, { name }),
    why: parts(`reports.${key}.why`),
    button: parts(`reports.${key}.do`, { name }),
  })
  const push: Deed =
    report.pushPausedUntil === null
      ? { ...common, ...words('pause'), act: 'push.pause', path: `${base}/push/pause`, body: { minutes: HOUR } }
      : { ...common, ...words('resume'), danger: false, act: 'push.resume', path: `${base}/push/resume` }
  return [
    push,
    { ...common, ...words('sessions'), act: 'sessions.revoke', path: `${base}/sessions/revoke` },
    ...(report.hasPassword
      ? [{ ...common, ...words('password'), act: 'passwords.clear', path: `${base}/password/clear` } as const]
      : []),
    ...report.temporaryPasscodes.map(
      ({ id }) =>
        ({ ...common, ...words('passcode'), act: 'passcodes.end', path: `/temporary-passcodes/${id}/end` }) as const,
    ),
    ...report.devices.map((device) => removal(device, name)),
  ]
}

function removal({ id, name: device }: ReportShown['devices'][number], name: string): Deed {
  return {
    act: 'devices.remove',
    label: t('reports.device', { device }),
    title: parts('reports.device.title', { device }),
    why: parts('reports.device.why', { name }),
    button: parts('reports.device.do', { device }),
    danger: true,
    path: `/devices/${id}/remove`,
  }
}

const block = (address: string): Deed => ({
  act: 'addresses.block',
  label: t('reports.block', { address }),
  title: parts('reports.block.title', { address }),
  why: parts('reports.block.why'),
  button: parts('reports.block.do', { address }),
  danger: true,
  path: '/addresses',
  body: { address, minutes: DAY },
})

const unblock = (address: string): Deed => ({
  act: 'addresses.unblock',
  label: t('reports.unblock', { address }),
  title: parts('reports.unblock.title', { address }),
  why: parts('reports.unblock.why'),
  button: parts('reports.unblock.do', { address }),
  danger: false,
  path: '/addresses/unblock',
  body: { address },
})
