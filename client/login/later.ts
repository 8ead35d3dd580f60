// The steps of which nobody sees one before the password is typed: asked for at once, and there by then.
import { defineAsyncComponent } from 'vue'
import MissingStep from './missing-step.vue'

const steps = import('./later-steps.ts')
type Steps = Awaited<typeof steps>

export const ArrivalStep = later('ArrivalStep')
export const EndedStep = later('EndedStep')
export const WaitingStep = later('WaitingStep')

function later<Name extends keyof Steps>(name: Name): Steps[Name] {
  const loader = async () => (await steps)[name]
  return defineAsyncComponent<Steps[Name]>({ loader, errorComponent: MissingStep, delay: 0 })
}
