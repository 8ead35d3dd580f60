// A small file in MaxMind's format (version 2.0 of its specification), for tests that need to know where addresses are.
import ipaddr from 'ipaddr.js'

export type PlaceEntry = {
  /** in CIDR notation */
  network: string
  city?: string
  /** ISO 3166-2, without its country */
  subdivision?: string
  country?: { code: string; name: string }
}

const NOTHING = -1
const SEPARATOR = Buffer.alloc(16)
const METADATA_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')

/** A node's two ways on: another node's number, an entry's place as a negative number from −2 down, or nothing. */
type Node = [number, number]

/** The bytes of the file: a binary search tree over 128 bits, in which IPv4 lies below ::/96. */
export function placeFile(entries: readonly PlaceEntry[]): Buffer {
  const nodes: Node[] = [[NOTHING, NOTHING]]
  entries.forEach(({ network }, index) => {
    plant(nodes, bitsOf(network), -2 - index)
  })
  const data = entries.map((entry) => encode(recordOf(entry)))
  const offsets = data.map((_, index) => Buffer.concat(data.slice(0, index)).length)
  const tree = nodes.flatMap((node) => node.map((way) => uint24(recordValue(way, nodes.length, offsets))))
  return Buffer.concat([...tree, SEPARATOR, ...data, METADATA_MARK, encode(metadata(nodes.length))])
}

function plant(nodes: Node[], bits: number[], leaf: number): void {
  let at = 0
  for (const [depth, bit] of bits.entries()) {
    const node = nodes[at] as Node
    const side = bit as 0 | 1
    if (depth === bits.length - 1) node[side] = leaf
    else {
      if (node[side] === NOTHING) node[side] = nodes.push([NOTHING, NOTHING]) - 1
      at = node[side]
    }
  }
}

function bitsOf(network: string): number[] {
  const [address, length] = ipaddr.parseCIDR(network)
  const bytes = address.toByteArray()
  const isFour = bytes.length === 4
  const all = [...(isFour ? Array<number>(12).fill(0) : []), ...bytes].flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1),
  )
  return all.slice(0, isFour ? 96 + length : length)
}

function recordValue(way: number, nodeCount: number, offsets: number[]): number {
  if (way === NOTHING) return nodeCount
  return way >= 0 ? way : nodeCount + SEPARATOR.length + (offsets[-2 - way] ?? 0)
}

function recordOf({ city, subdivision, country }: PlaceEntry): Value {
  return {
    ...(city && { city: { names: { en: city } } }),
    ...(country && { country: { iso_code: country.code, names: { en: country.name } } }),
    ...(subdivision && { subdivisions: [{ iso_code: subdivision, names: { en: subdivision } }] }),
  }
}

const metadata = (nodeCount: number): Value => ({
  binary_format_major_version: 2,
  binary_format_minor_version: 0,
  build_epoch: 1_767_225_600,
  database_type: 'Test-City',
  description: { en: 'places for tests' },
  ip_version: 6,
  languages: ['en'],
  node_count: nodeCount,
  record_size: 24,
})

type Value = string | number | Value[] | { [name: string]: Value }

const STRING = 2
const UINT32 = 6
const MAP = 7
const ARRAY = 11

function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(STRING, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(UINT32, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(ARRAY, value.length), ...value.map(encode)])
  const members = Object.entries(value).flatMap(([name, member]) => [encode(name), encode(member)])
  return Buffer.concat([control(MAP, members.length / 2), ...members])
}

/** @param size under 285, which is enough for names */
function control(type: number, size: number): Buffer {
  const [small, more] = size < 29 ? [size, []] : [29, [size - 29]]
  return type <= 7 ? Buffer.from([(type << 5) | small, ...more]) : Buffer.from([small, type - 7, ...more])
}

function uint24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 255, value & 255])
}
