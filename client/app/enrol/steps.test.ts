import { expect, it } from 'vitest'
import { nextStep, stepsOf } from './steps.ts'

it('asks only for what token and browser have', () => {
  expect(stepsOf('none', false)).toEqual(['you', 'notifications'])
  expect(stepsOf('webauthn', true)).toEqual(['you', 'install', 'notifications', 'unlock'])
})

it('goes from step to step and ends', () => {
  const steps = stepsOf('webauthn', false)
  expect(nextStep(steps, 'you')).toBe('notifications')
  expect(nextStep(steps, 'notifications')).toBe('unlock')
  expect(nextStep(steps, 'unlock')).toBeUndefined()
})

it('goes on where the offer to install went away', () => {
  expect(nextStep(stepsOf('none', false), 'install')).toBe('notifications')
})
