// The code of a token at each moment, computed anew only when its time step turns.
import { computed, type Ref, shallowRef, watch } from 'vue'
import { timeStep } from '../../../protocol/hotp.ts'
import type { OtpSettings } from '../../../protocol/login-request.ts'
import { type Code, codeAt, type UsableKeys } from '../../device/index.ts'

export function useCode(
  keys: Readonly<Ref<UsableKeys | undefined>>,
  otp: () => OtpSettings,
  now: Readonly<Ref<number>>,
): Readonly<Ref<Code | undefined>> {
  const code = shallowRef<Code>()
  const turn = computed(() => timeStep(now.value, otp().period))
  watch(
    [keys, turn],
    async ([usable], _, onCleanup) => {
      let outrun = false
      onCleanup(() => {
        outrun = true
      })
      const made = usable && (await codeAt(usable, otp(), now.value))
      if (!outrun) code.value = made
    },
    { immediate: true },
  )
  return code
}
