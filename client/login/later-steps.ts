// What comes after the push is on its way: loaded while the person still types a password.
export { default as ArrivalStep } from './arrival-step.vue'
export { default as EndedStep } from './ended-step.vue'
export { default as WaitingStep } from './waiting-step.vue'
