// An export that can be verified: JSON lines, of which the first says whose chain it is, the last how far it went.
import * as z from 'zod/mini'
import type { Salts } from './content.ts'
import { markKey } from './mark.ts'

export const EXPORT_FORMAT = 'countersign-audit/1'

const text = z.nullable(z.string())
/** signed, now and then where there is a filter: which of the places since the last time are there with all they say */
const shown = z.optional(z.string())
const commitments = z.record(z.string(), z.string())

export const firstLine = z.object({
  type: z.literal('begin'),
  format: z.literal(EXPORT_FORMAT),
  organisation: z.string(),
  exportedAt: z.string(),
  /** the chain's id */
  chain: z.string(),
  /** of the installation, which signs head and cuts */
  key: markKey,
  thumbprint: z.string(),
  /** the hash before the first entry of the file; null: the file has none */
  previous: text,
  /** the place of the first entry of the file */
  from: z.int(),
  /** signed: where the chain was cut, for the time of what stood before was over */
  cut: text,
  /** signed: up to where people were taken out of what was old when the file was begun */
  erasure: z.optional(text),
  filter: z.record(z.string(), z.string()),
})
export type FirstLine = z.infer<typeof firstLine>

export const entryLine = z.object({
  type: z.literal('entry'),
  position: z.int(),
  at: z.string(),
  kind: z.string(),
  user: text,
  request: text,
  device: text,
  application: text,
  actor: text,
  detail: z.record(z.string(), z.unknown()),
  evidence: z.nullable(
    z.object({
      jws: z.optional(z.string()),
      binding: z.optional(z.string()),
      key: z.optional(z.string()),
      device: z.optional(z.string()),
    }),
  ),
  salts: z.union([z.string(), z.record(z.string(), z.string())]) as unknown as z.ZodMiniType<Salts>,
  erased: z.nullable(commitments),
  hash: z.string(),
  shown,
})
export type EntryLine = z.infer<typeof entryLine>

/** Entries that the filter left out stand in it by their hashes, so that the chain can be followed through them. */
export const omittedLine = z.object({
  type: z.literal('omitted'),
  position: z.int(),
  digests: z.array(z.string()),
  shown,
})
export type OmittedLine = z.infer<typeof omittedLine>

export const lastLine = z.object({
  type: z.literal('end'),
  entries: z.int(),
  /** signed: the chain up to the last place of the file */
  head: z.string(),
  /** signed: up to where people were taken out of what was old when the file was ended */
  erasure: z.optional(text),
  /** of whom something is erased in the file, and whose removal stands in the chain where the file does not show it */
  removed: z.optional(z.array(z.string())),
  /** signed: where the file begins, its filter, which entries it shows, and what of them is erased */
  export: z.optional(z.string()),
})

export type LastLine = z.infer<typeof lastLine>

export const line = z.discriminatedUnion('type', [firstLine, entryLine, omittedLine, lastLine])
export type Line = z.infer<typeof line>
