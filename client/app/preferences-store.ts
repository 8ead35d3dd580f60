import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { changePreferences, type Preferences, readPreferences } from '../device/index.ts'
import { applyAppearance } from '../ui/appearance.ts'
import { useDevice } from './this-device.ts'

export const usePreferences = defineStore('preferences', () => {
  const { store } = useDevice()
  const current = shallowRef<Preferences>({ hideCodes: false, appearance: 'system' })

  function take(preferences: Preferences): void {
    current.value = preferences
    applyAppearance(document, preferences.appearance)
  }

  async function load(): Promise<void> {
    take(await readPreferences(store))
  }

  async function change(change: Partial<Preferences>): Promise<void> {
    take(await changePreferences(store, change))
  }

  return { current, load, change }
})
