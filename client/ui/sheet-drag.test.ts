import { describe, expect, it } from 'vitest'
import { dragCollapses, dragOffset, isDragged } from './sheet-drag.ts'

const drag = { startY: 100, startedAt: 0 }

describe('dragging the sheet', () => {
  it('follows the finger down and never up', () => {
    expect(dragOffset(drag, 160)).toBe(60)
    expect(dragOffset(drag, 40)).toBe(0)
  })

  it('collapses after a third of its height, however slowly', () => {
    expect(dragCollapses(drag, 100 + 240, 5000, 720)).toBe(true)
    expect(dragCollapses(drag, 100 + 239, 5000, 720)).toBe(false)
  })

  it('collapses with a flick', () => {
    expect(dragCollapses(drag, 160, 100, 720)).toBe(true)
  })

  it('takes a tremble for no drag at all', () => {
    expect(isDragged(drag, 107)).toBe(false)
    expect(isDragged(drag, 108)).toBe(true)
    expect(dragCollapses(drag, 110, 4, 720)).toBe(false)
    expect(dragCollapses(drag, 20, 50, 720)).toBe(false)
  })
})
