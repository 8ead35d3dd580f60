import type { Directive } from 'vue'

/** On the heading of a step: focus goes there, so that a voice says where one is now. */
export const vArrive: Directive<HTMLElement> = {
  mounted: (heading) => heading.focus({ preventScroll: true }),
}
