// Figures of a run, and the table they are printed as.

export type Figure = { name: string; value: number; unit: string; note?: string }

/** @param share 0.5 for the median */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]) => percentile(values, 0.5)

export function table(title: string, figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length))
  const rows = figures.map(({ name, value, unit, note }) => {
    const rounded = value >= 100 ? value.toFixed(0) : value.toPrecision(3)
    return `  ${name.padEnd(width)}  ${rounded.padStart(9)} ${unit}${note ? `  (${note})` : ''}`
  })
  return [title, ...rows, ''].join('\n')
}
