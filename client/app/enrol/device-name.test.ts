import { describe, expect, it } from 'vitest'
import { describeDevice } from './device-name.ts'

describe('a device’s name', () => {
  it.each([
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
      'Chrome',
      'Android',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge',
      'Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari',
      'iPhone',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
    ['curl/8', 'Browser', 'Web'],
  ])('comes from %s', async (userAgent, browser, platform) => {
    expect(await describeDevice({ userAgent })).toEqual({ name: `${browser} on ${platform}`, platform })
  })

  it('is the model where the browser tells it', async () => {
    const userAgent = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36'
    const telling = (model: string) => ({ userAgent, userAgentData: { getHighEntropyValues: async () => ({ model }) } })
    expect(await describeDevice(telling('Pixel 9'))).toEqual({ name: 'Pixel 9', platform: 'Android' })
    expect(await describeDevice(telling(''))).toEqual({ name: 'Chrome on Android', platform: 'Android' })
  })

  it('is what its person gave it: the browser is asked for no model then, and one that refuses stops nothing', async () => {
    const asked: string[][] = []
    const refusing = {
      userAgent: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
      userAgentData: {
        getHighEntropyValues: async (hints: string[]) => {
          asked.push(hints)
          throw new DOMException('not here', 'NotAllowedError')
        },
      },
    }
    expect(await describeDevice(refusing, 'Boat')).toEqual({ name: 'Boat', platform: 'Android' })
    expect(asked).toEqual([])
    expect(await describeDevice(refusing)).toEqual({ name: 'Chrome on Android', platform: 'Android' })
    expect(asked).toEqual([['model']])
  })
})
