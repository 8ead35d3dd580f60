// A list that is longer than a page, on the command line.

export const CURSOR = { value: 'CURSOR', about: 'goes on where the list before ended' }

export const more = (next: string | null): string[] => (next === null ? [] : [`More: --cursor ${next}`])
