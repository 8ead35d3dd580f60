// docs/metrics: the alert rules by Prometheus's own program, and both files against what the server really tells.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { openMeters } from '../../server/metrics/meters.ts'
import type { Store } from '../../server/store/store.ts'
import { ManualClock } from '../support/clock.ts'

const FOLDER = join(import.meta.dirname, '../../docs/metrics')
const promtool = (...args: string[]) => promisify(execFile)('promtool', args, { cwd: FOLDER })
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

describe('what is set before Prometheus and Grafana', () => {
  let told = ''
  beforeAll(async () => {
    const meters = openMeters({ clock: new ManualClock(), hasSyslog: true })
    meters.measuring({} as Store)
    meters.chores.began('look')
    told = await meters.text()
  })

  it('has rules that are well written and fire where they should', async () => {
    expect((await promtool('check', 'rules', 'alerts.yml')).stdout).toContain('SUCCESS')
    expect((await promtool('test', 'rules', 'alerts.test.yml')).stdout).toContain('SUCCESS')
  })

  it('has a case of firing for each rule', () => {
    const rules = [...read('alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
    const fired = [...read('alerts.test.yml').matchAll(/alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels/g)]
    expect(rules.length).toBeGreaterThan(15)
    expect(rules.filter((rule) => !fired.some(([, name]) => name === rule))).toEqual([])
  })

  it('sees what happens for the first time after a start: all whose increase is asked for begins at 0', () => {
    const asked = [...read('alerts.yml').matchAll(/increase\((\w+)(?:\{(\w+)(!?=~?)"([^"]+)"\})?\[/g)]
    expect(asked.length).toBeGreaterThan(5)
    for (const [, metric = '', label = '', how, values = ''] of asked) {
      const series = told.match(new RegExp(`^${metric}\\{.*\\} 0$`, 'gm')) ?? []
      const wanted = how === '!=' || how === undefined ? [''] : values.split('|').map((one) => `${label}="${one}"`)
      for (const one of wanted) expect(series, `${metric} ${one}`).toContainEqual(expect.stringContaining(one))
    }
  })

  it.each(['alerts.yml', 'grafana.json'])('%s asks for what the server tells', (name) => {
    const asked = new Set(read(name).match(/\b(countersign_\w+|process_\w+|nodejs_\w+)/g))
    expect(asked.size).toBeGreaterThan(4)
    const isTold = (metric: string) => told.includes(`# TYPE ${metric.replace(/_(bucket|count|sum)$/, '')} `)
    expect([...asked].filter((metric) => !isTold(metric))).toEqual([])
  })

  it('has a dashboard whose every panel asks for something', () => {
    const { panels } = JSON.parse(read('grafana.json')) as { panels: { title: string; targets: { expr: string }[] }[] }
    expect(panels.length).toBeGreaterThan(10)
    for (const { targets } of panels)
      for (const { expr } of targets) expect(expr).toMatch(/countersign_|process_|nodejs_/)
  })
})
