// One sign, drawn on a 24 × 24 grid with one stroke.
import { type FunctionalComponent, h } from 'vue'

export function icon(...paths: string[]): FunctionalComponent {
  return () =>
    h(
      'svg',
      {
        class: 'icon',
        viewBox: '0 0 24 24',
        width: 24,
        height: 24,
        fill: 'none',
        stroke: 'currentColor',
        'stroke-width': 1.75,
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
        'aria-hidden': 'true',
        focusable: 'false',
      },
      paths.map((d) => h('path', { d })),
    )
}
