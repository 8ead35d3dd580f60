// This page's sign-in: what the server last said of it, and what the person may do next.
import { computed, watch as follow, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import type { SignInView } from '../../protocol/login-api.ts'
import { type Conversation, Refusal, Unreachable } from './conversation.ts'
import { refusalText } from './refusal-text.ts'
import { isPending, watch } from './watching.ts'

export type SignIn = ReturnType<typeof useSignIn>

export function useSignIn(server: Conversation) {
  const view = shallowRef<SignInView>()
  const isGone = ref(false)
  const isUnreachable = ref(false)
  /** the page asks again by itself, and what it last heard may be old */
  const isLost = ref(false)
  const isBusy = ref(false)
  const problem = ref<string>()
  const mayType = computed(
    () => !view.value || !('typedPasscodes' in view.value) || view.value.typedPasscodes !== false,
  )
  let watching = new AbortController()

  function tell(next: SignInView) {
    isUnreachable.value = false
    isLost.value = false
    // What was asked before the sign-in was complete may be answered after: it takes nothing back.
    if (view.value?.step === 'signed-in') return
    view.value = next
  }

  function fail(error: unknown) {
    if (error instanceof Refusal && error.slug === 'no-sign-in') isGone.value = true
    else if (error instanceof Unreachable && !view.value) isUnreachable.value = true
    else if (error instanceof Refusal || error instanceof Unreachable) problem.value = refusalText(error, mayType.value)
    else throw error
  }

  /** What nobody pressed, and what mends itself. */
  function lose(error: unknown) {
    if (error instanceof Unreachable && view.value) isLost.value = true
    else fail(error)
  }

  /** One thing at a time; what it answers is what the page shows. @returns whether it was done */
  async function does(action: () => Promise<SignInView>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    problem.value = undefined
    try {
      tell(await action())
      return true
    } catch (error) {
      fail(error)
      return false
    } finally {
      isBusy.value = false
    }
  }

  async function refresh() {
    try {
      tell(await server.state())
    } catch (error) {
      lose(error)
    }
  }

  async function redeem(passcode: string) {
    const done = await does(() => server.redeem(passcode))
    // Undone in the last moment: the server knows how it ended.
    if (!done && !isGone.value) await refresh()
  }

  async function leave() {
    try {
      location.assign((await server.leave()).continueTo)
    } catch (error) {
      fail(error)
    }
  }

  const waitsOn = computed(() => (view.value?.step === 'waiting' ? view.value.request.createdAt : undefined))
  follow(waitsOn, () => {
    watching.abort()
    watching = new AbortController()
    if (!view.value || !isPending(view.value)) return
    const open = () => new EventSource(server.events)
    watch({ open, read: server.state, pause, tell, fail: lose }, watching.signal)
  })

  /** Phones stop pages that nobody sees: on the way back from the app the stream may be long dead. */
  function seenAgain() {
    if (document.visibilityState === 'visible' && view.value?.step === 'waiting') refresh()
  }
  /** Out of the browser's cache of pages, after the back button. */
  function shownAgain(event: PageTransitionEvent) {
    if (event.persisted) refresh()
  }
  onMounted(() => {
    document.addEventListener('visibilitychange', seenAgain)
    window.addEventListener('pageshow', shownAgain)
    refresh()
  })
  onBeforeUnmount(() => {
    watching.abort()
    document.removeEventListener('visibilitychange', seenAgain)
    window.removeEventListener('pageshow', shownAgain)
  })

  return { view, isGone, isUnreachable, isLost, isBusy, problem, does, refresh, redeem, leave, server }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
