// One figure of what Prometheus reads.

/** @param series with its labels @returns NaN where it is not told */
export const metricValue = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  )
