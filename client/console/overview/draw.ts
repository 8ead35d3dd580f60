// The library that draws, loaded only where charts are in sight. What it draws stands in a table beside it.
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartDataset,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js'
import type { Drawing } from './series.ts'

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
)

/** A colour as the browser worked it out: a canvas knows no variables. */
function colourOf(canvas: HTMLCanvasElement, variable: string): string {
  canvas.style.color = `var(${variable})`
  const { color } = getComputedStyle(canvas)
  canvas.style.color = ''
  return color
}

/** @returns a function that takes it away */
export function draw(canvas: HTMLCanvasElement, { kind, labels, series }: Drawing): () => void {
  const text = colourOf(canvas, '--text-quiet')
  const line = colourOf(canvas, '--line')
  // In a person's own colours too, what is drawn must be told apart.
  canvas.style.setProperty('forced-color-adjust', 'none')
  const datasets = series.map(({ label, values, colour }): ChartDataset<'bar' | 'line', (number | null)[]> => {
    const paint = colourOf(canvas, colour)
    return {
      label,
      data: [...values],
      backgroundColor: paint,
      borderColor: paint,
      borderWidth: kind === 'line' ? 2 : 0,
    }
  })
  const isStacked = kind === 'bar'
  const scale = { stacked: isStacked, grid: { color: line }, border: { color: line }, ticks: { color: text } }
  const chart = new Chart<'bar' | 'line', (number | null)[]>(canvas, {
    type: kind,
    data: { labels: [...labels], datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { ...scale, ticks: { color: text, maxRotation: 0, autoSkipPadding: 16 } },
        y: { ...scale, beginAtZero: true, ticks: { color: text, precision: 0 } },
      },
      plugins: { legend: { display: series.length > 1, labels: { color: text, boxWidth: 12, boxHeight: 12 } } },
    },
  })
  return () => chart.destroy()
}
