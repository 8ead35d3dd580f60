// A user name with all that filters, shells and headers mind, and with letters that are spelt in two ways.
let names = 0

/** One that nobody else has, precomposed as most keyboards type it; `.normalize('NFD')` is how some others do. */
export const oddName = () => `Jörg*()\\ "Größe"-${++names}`
