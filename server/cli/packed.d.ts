/** A file from the root, and what tells that it changed. */
export type Source = [file: string, stamp: string]

export const ROOT: string
export const PACKED: string
export function packedProgram(folder?: string): string | undefined
export function stampOf(file: string): string
