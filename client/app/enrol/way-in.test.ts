import { describe, expect, it } from 'vitest'
import { wayIn } from './way-in.ts'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15'

describe('an activation link is taken up', () => {
  it.each([
    ['Mozilla/5.0 (Linux; Android 15) Chrome/140.0.0.0 Mobile Safari/537.36', 5, 'here'],
    ['Mozilla/5.0 (Linux; Android 15; Tablet) Chrome/140.0.0.0 Safari/537.36', 5, 'here'],
    [IPHONE, 5, 'prepare'],
    [IPHONE.replace('Version/18.5', 'CriOS/140.0.0.0'), 5, 'prepare'],
    [MAC, 5, 'prepare'],
    [MAC, 0, 'handover'],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36', 10, 'handover'],
  ])('by %s with %i fingers: %s', (userAgent, maxTouchPoints, way) => {
    expect(wayIn({ userAgent, maxTouchPoints }, false)).toBe(way)
    expect(wayIn({ userAgent, maxTouchPoints }, true)).toBe('here')
  })
})
