// What a request says about where it comes from. Its context is kept as it came, so nothing in it is taken for granted:
// only strings count, and what is absent is said to be unknown and never drawn as 'undefined'.
import type { DeviceRequest } from '../../../protocol/device-api.ts'

export type Facts = {
  location: string | undefined
  client: string | undefined
  ip: string | undefined
  resource: string | undefined
  message: string | undefined
  newPlace: boolean
}

export function factsOf({ context }: Pick<DeviceRequest, 'context'>): Facts {
  const text = (name: string) => {
    const value = Object.hasOwn(context, name) ? context[name] : undefined
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }
  return {
    location: text('location'),
    client: text('client'),
    ip: text('ip'),
    resource: text('resource'),
    message: text('message'),
    newPlace: context.notice === 'new-place',
  }
}
