/** What a server says that has collected its garbage. */
export const COLLECTED = 'collected'
