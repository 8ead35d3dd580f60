/** A file from the root, when it was changed last, and what is in it. */
export type Source = [file: string, changed: string, content: string]

export const ROOT: string
export const PACKS: string
export const CURRENT: string
export const PROGRAM: string
export function packedFolder(packs?: string): string | undefined
export function changedAt(file: string): string
export function contentOf(bytes: string | Uint8Array): string
