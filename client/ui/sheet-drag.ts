// When a drag of the sheet means 'later'. Only downwards counts; a flick is enough, and so is a third of the way.

export type Drag = { readonly startY: number; readonly startedAt: number }

const TREMBLE = 8
const FLICK = 0.55
const FLICK_DISTANCE = 24
const SHARE = 1 / 3

/** How far the sheet follows, in pixels: never above where it rests. */
export function dragOffset(drag: Drag, y: number): number {
  return Math.max(0, y - drag.startY)
}

/** Less than this is a press with a trembling hand. */
export function isDragged(drag: Drag, y: number): boolean {
  return dragOffset(drag, y) >= TREMBLE
}

export function dragCollapses(drag: Drag, y: number, at: number, sheetHeight: number): boolean {
  const offset = dragOffset(drag, y)
  const speed = offset / Math.max(1, at - drag.startedAt)
  return offset >= sheetHeight * SHARE || (offset >= FLICK_DISTANCE && speed >= FLICK)
}
