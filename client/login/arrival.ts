// The passcode on its way into this page, and this page on its way to the application.
import { computed, type Ref, ref, watch } from 'vue'
import type { RequestEnd } from './request-end.ts'
import type { SignIn } from './sign-in.ts'
import { takeWayOn } from './way-on.ts'

export function useArrival({ view, isGone, refresh, redeem }: SignIn, end: Readonly<Ref<RequestEnd | undefined>>) {
  /** Kept when the server has taken it, so that it stays before the person's eyes. */
  const arrived = ref<string>()
  const isFilled = ref(false)
  const continueTo = computed(() => (view.value?.step === 'signed-in' ? view.value.continueTo : undefined))
  const isArriving = computed(() => continueTo.value !== undefined || (arrived.value !== undefined && !end.value))
  const wentElsewhere = computed(() => isGone.value && (continueTo.value !== undefined || arrived.value !== undefined))
  /** Where nothing had to appear, there is nothing to wait for. */
  const goesOn = computed(() => continueTo.value !== undefined && (isFilled.value || arrived.value === undefined))

  watch(
    () => (view.value?.step === 'waiting' ? view.value.request.passcode : undefined),
    (passcode) => {
      if (passcode === undefined || passcode === arrived.value) return
      arrived.value = passcode
      redeem(passcode)
    },
  )
  watch([end, () => view.value?.step], ([ended, step]) => {
    if (ended || step === 'confirm' || step === 'password') arrived.value = undefined
  })
  watch(goesOn, () => {
    if (goesOn.value) void goOn()
  })

  /** Once: a second navigation would break off the first, and a second tab would find the way used up. */
  async function goOn() {
    await takeWayOn(location.pathname, navigator.locks)
    await refresh()
    if (continueTo.value && !isGone.value) location.replace(continueTo.value)
  }

  return { arrived, isFilled, continueTo, isArriving, wentElsewhere }
}
