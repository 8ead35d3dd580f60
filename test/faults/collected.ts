/** Begins the line by which a server that has collected its garbage says what memory it holds. */
export const COLLECTED = 'collected: '
