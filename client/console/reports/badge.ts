// How many reports are open, for the side bar. Asked for now and then; that keeps nobody's session awake.
import { onBeforeUnmount, onMounted, shallowRef, watch } from 'vue'
import { useRoute } from 'vue-router'
import type { ReportList } from '../../../protocol/operator-api/reports.ts'
import { useSession } from '../session/session-store.ts'

const EVERY_MS = 30_000

export function useOpenReports() {
  const session = useSession()
  const route = useRoute()
  const open = shallowRef(0)
  let timer: number | undefined

  async function look() {
    if (document.hidden || !session.may('reports.list')) return
    const headers = { 'Countersign-Background': '1' }
    // Another look comes; a badge is not worth a word about a network.
    const response = await fetch('/admin/v1/reports', { headers, cache: 'no-store' }).catch(() => undefined)
    if (response?.ok) open.value = ((await response.json()) as ReportList).open
  }

  onMounted(() => {
    void look()
    timer = window.setInterval(look, EVERY_MS)
  })
  onBeforeUnmount(() => window.clearInterval(timer))
  watch(() => route.fullPath, look)
  return open
}
