// The code of a link that was followed and is not opened yet: it is known before the enrolment's own screens are loaded.
import { shallowRef } from 'vue'

export const offeredCode = shallowRef<string>()
