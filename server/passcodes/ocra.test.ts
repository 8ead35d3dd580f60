import { expect, it } from 'vitest'
import { fromHex } from '../../protocol/encoding.ts'
import { expectedPasscode } from './ocra.ts'

it('expects the passcode of the protocol page’s worked vector', () => {
  const key = fromHex('85bc215dbda14bc1d6a937171030c93a562b1a5d81048b87bd1bff53d03bdf2f')
  const digest = fromHex('bf46ce6248f2a23dfb189e627305bb7035f96dacb5b98e374b7b1fbcec33dde0')
  expect(expectedPasscode(key, digest)).toBe('21878691')
})
