// The installation this app runs on, handed to every store and screen that asks.
import { type InjectionKey, inject } from 'vue'
import type { Device } from '../device/index.ts'

export const THIS_DEVICE: InjectionKey<Device> = Symbol('this device')

export function useDevice(): Device {
  const device = inject(THIS_DEVICE)
  if (!device) throw new Error('the app was made without its device')
  return device
}
