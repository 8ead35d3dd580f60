// Alone, so that clients which read a few problems need not load the table of all.
export const PROBLEM_TYPE = 'urn:countersign:problem:'
