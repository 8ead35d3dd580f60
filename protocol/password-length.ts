// How short a password may be: said to people by pages that have no schema with them.

/** Characters. NIST SP 800-63B-4 §3.1.1.2, for a password that is one of two factors. */
export const SHORTEST_PASSWORD = 8
