// What the value of one variable may be: each function gives the typed value or throws the rest of a sentence.
import { accessSync, constants } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { fromBase64url } from '../protocol/encoding.ts'
import { isPlainText } from '../protocol/text.ts'

/** What is wrong with a value, said so that the variable's name can stand before it. Never holds the value. */
export class Fault extends Error {}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogThreshold = (typeof LOG_LEVELS)[number]

/** Browsers give notifications and keys to https and to this machine's own names only. */
export function pageOrigin(text: string): string {
  const url = bareOrigin(text)
  if (url.protocol === 'http:' && !isLocalName(url.hostname)) {
    throw new Fault('must begin with https:// (http:// serves localhost only)')
  }
  return url.origin
}

export function httpsOrigin(text: string): string {
  const url = bareOrigin(text)
  if (url.protocol !== 'https:') throw new Fault('must hold origins that begin with https://')
  return url.origin
}

export function webOrigin(text: string): string {
  const url = bareOrigin(text)
  if (!/^https?:$/.test(url.protocol)) throw new Fault('must hold origins that begin with https:// or http://')
  return url.origin
}

export function syslogUrl(text: string): URL {
  const url = urlOf(text)
  if (!/^(tls|tcp):$/.test(url.protocol)) throw new Fault('must begin with tls:// or tcp://')
  const isBare =
    url.username === '' && url.password === '' && /^\/?$/.test(url.pathname) && url.search + url.hash === ''
  if (!isBare || url.hostname === '') throw new Fault('must be host and port: tls://siem.example.org:6514')
  return url
}

/** An IP address and a port: `udp://[::]:1812`. */
export const radiusUrl = (text: string): URL => listeningUrl(text, 'udp:', 'udp://127.0.0.1:1812')
export const radsecUrl = (text: string): URL => listeningUrl(text, 'tls:', 'tls://0.0.0.0:2083')

function listeningUrl(text: string, scheme: string, example: string): URL {
  const url = urlOf(text)
  const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0
  if (url.protocol !== scheme || !isAddress || url.port === '' || /[@?#]|\d\/./.test(text)) {
    throw new Fault(`must be ${scheme}// with an IP address and a port: ${example}`)
  }
  return url
}

/** Absolute; a file that is there and may be read. */
export function readableFile(text: string): string {
  const path = resolve(text)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw new Fault('must be a file that this program may read')
  }
  return path
}

export function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new Fault('must be a whole number from 0 to 65535')
  return port
}

export function hostName(text: string): string {
  if (isIP(text) === 0 && !/^[a-z0-9.-]+$/i.test(text)) throw new Fault('must be an address or a host name, no port')
  return text
}

export type ListenAddress = { host: string; port: number }

export function listenAddress(text: string): ListenAddress {
  const [, host = '', port = ''] = /^(\[[0-9a-f:.]+\]|[^:\s]+):(\d+)$/i.exec(text) ?? []
  if (host === '') throw new Fault('must be address and port: 127.0.0.1:9464')
  return { host: hostName(host.replace(/^\[|\]$/g, '')), port: portNumber(port) }
}

export function switched(text: string): boolean {
  if (text !== '0' && text !== '1') throw new Fault('must be 1 or 0')
  return text === '1'
}

export function postgresUrl(text: string): string {
  if (!/^postgres(ql)?:$/.test(urlOf(text).protocol)) throw new Fault('must begin with postgres://')
  return text
}

export function proxyUrl(text: string): string {
  if (!/^https?:$/.test(urlOf(text).protocol)) throw new Fault('must begin with http:// or https://')
  return text
}

/** `name=value`, separated by commas, values percent-encoded. */
export function headerList(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => /^\s*([\w-]+)=([\x21-\x7e]*)\s*$/.exec(pair))
  if (!pairs.every((pair) => pair && isPercentEncoded(pair[2] ?? '')))
    throw new Fault('must list headers such as authorization=Bearer%20token, separated by commas')
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', decodeURIComponent(pair?.[2] ?? '')]))
}

/** One, or several separated by commas. */
export function masterKeys(text: string): readonly Uint8Array[] {
  const keys = text.split(',').map((key) => decoded(key.trim()))
  if (!keys.every((key) => key?.length === 32))
    throw new Fault('must be 32 bytes in base64url without padding (43 characters)')
  return keys as Uint8Array[]
}

/** @returns the network with its host bits cleared, so that one network has one spelling */
export function network(text: string): string {
  const [address = '', length, ...rest] = text.split('/')
  // A zone (RFC 4007 §11) is of one machine alone, and no part of a network.
  const version = address.includes('%') ? 0 : isIP(address)
  const most = version === 6 ? 128 : 32
  const bits = length === undefined ? most : Number(length)
  if (version === 0 || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length)) || bits > most) {
    throw new Fault('must list networks such as 10.0.0.0/8 or fd00::/8, separated by commas')
  }
  const family = version === 6 ? ipaddr.IPv6 : ipaddr.IPv4
  return `${family.networkAddressFromCIDR(`${address}/${bits}`)}/${bits}`
}

export function organisationName(text: string): string {
  if (text.length > 64 || !isPlainText(text)) throw new Fault('must be at most 64 plain characters')
  return text
}

/** A password in it is written as in any URL: `%40` for `@`. */
export function smtpUrl(text: string): URL {
  const url = urlOf(text)
  if (!/^smtps?:$/.test(url.protocol) || !url.hostname) throw new Fault('must begin with smtp:// or smtps://')
  if (!/^\/?$/.test(url.pathname) || url.search || url.hash) {
    throw new Fault('must be scheme, user, password, host and port, nothing after it')
  }
  for (const part of [url.username, url.password]) {
    if (!isPercentEncoded(part)) throw new Fault('must have user and password percent-encoded')
  }
  return url
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

export type MailAddress = { name: string; address: string }

/** `Harbour <it@harbour.example.org>`, or the address alone. */
export function mailAddress(text: string): MailAddress {
  const [, name = '', inside, bare] = /^(?:"?([^"<>]*?)"?\s*<([^<>]+)>|([^<>]+))$/.exec(text) ?? []
  const address = inside ?? bare ?? ''
  if (!/^[^\s@",;:<>()]+@[^\s@",;:<>()]+$/.test(address) || !isPlainText(text)) {
    throw new Fault('must be a mail address such as Harbour <it@harbour.example.org>')
  }
  return { name, address }
}

export function perMinute(text: string): number {
  const count = Number(text)
  if (!/^\d{1,5}$/.test(text) || count < 1) throw new Fault('must be a whole number from 1 to 99999')
  return count
}

export function logThreshold(text: string): LogThreshold {
  const level = LOG_LEVELS.find((known) => known === text)
  if (!level) throw new Fault(`must be one of ${LOG_LEVELS.join(', ')}`)
  return level
}

/** Taken from the folder the program was started in. */
export function absolutePath(text: string): string {
  return resolve(text)
}

/** Items separated by commas or blanks. */
export function listOf<T>(parse: (item: string) => T): (text: string) => T[] {
  return (text) => [
    ...new Set(
      text
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(parse),
    ),
  ]
}

/** This machine's own names, which browsers trust without TLS (W3C Secure Contexts §3.1). */
export function isLocalName(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d{1,3}){3}$|^\[::1\]$/.test(hostname)
}

function bareOrigin(text: string): URL {
  const url = urlOf(text)
  if (!/^https?:$/.test(url.protocol)) throw new Fault('must begin with https://')
  // Typed paths would be dropped silently, and a user name before the host can make one site look like another.
  if (`${url.origin}/` !== url.href) throw new Fault('must be an origin: scheme, host and port, nothing after it')
  return url
}

function urlOf(text: string): URL {
  const url = URL.parse(text)
  if (!url) throw new Fault('is not a URL')
  return url
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch {
    return undefined
  }
}
