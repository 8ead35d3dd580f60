// What is typed after the name of an act at the command line.

export type Option = {
  /** what stands for the value in help; absent: the option is a switch */
  value?: string
  about: string
  /** the command does nothing without it */
  needed?: true
  multiple?: boolean
}

/** Operands and options as typed, by name. */
export type Given = Readonly<Record<string, string | boolean | string[] | undefined>>
