import * as z from 'zod/mini'
import { crockford128 } from './crockford.ts'

export type Id<Prefix extends string> = `${Prefix}_${string}` & { readonly __id: Prefix }
export type UserId = Id<'usr'>
export type TokenId = Id<'tok'>
export type DeviceId = Id<'dev'>
export type ApplicationId = Id<'app'>
export type RequestId = Id<'req'>
export type EnrolmentId = Id<'enr'>
export type OperatorId = Id<'opr'>
export type ApiTokenId = Id<'apt'>
export type GroupId = Id<'grp'>
export type NoticeId = Id<'ntc'>
export type SignId = Id<'sgn'>
export type RadiusClientId = Id<'rad'>
export type TemporaryPasscodeId = Id<'tpc'>

/** Cryptographically strong bytes; injected, so that tests choose them. */
export type RandomBytes = (length: number) => Uint8Array<ArrayBuffer>

/** A prefix and 128 random bits. */
export function newId<Prefix extends string>(prefix: Prefix, random: RandomBytes): Id<Prefix> {
  return `${prefix}_${crockford128(random(16))}` as Id<Prefix>
}

function idSchema<Prefix extends string>(prefix: Prefix) {
  const message = `must be an id that begins with ${prefix}_`
  const text = z.string(message).check(z.regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`), message))
  return text as unknown as z.ZodMiniType<Id<Prefix>, Id<Prefix>>
}

export const userId = idSchema('usr')
export const tokenId = idSchema('tok')
export const deviceId = idSchema('dev')
export const applicationId = idSchema('app')
export const requestId = idSchema('req')
export const enrolmentId = idSchema('enr')
export const operatorId = idSchema('opr')
export const apiTokenId = idSchema('apt')
export const groupId = idSchema('grp')
export const webhookId = idSchema('whk')
export const deliveryId = idSchema('dlv')
export const noticeId = idSchema('ntc')
export const signId = idSchema('sgn')
export const radiusClientId = idSchema('rad')
export const temporaryPasscodeId = idSchema('tpc')
