// A sentence for a call that failed; a defect of ours goes on, up to the log.
import { t } from '../../words/app.ts'
import { isRefusal, StorageError, Unreachable } from '../device/index.ts'

export function refusalText(error: unknown): string {
  if (error instanceof Unreachable) return t('problem.unreachable')
  if (isRefusal(error, 'too-many-requests')) return t('problem.too-many-requests')
  if (isRefusal(error)) return t('problem.unknown')
  if (error instanceof StorageError) return storageText(error)
  throw error
}

function storageText({ fault }: StorageError): string {
  if (fault === 'evicted') return t('welcome.hadToken')
  return t(fault === 'full' ? 'app.storageFull' : 'problem.storage')
}
