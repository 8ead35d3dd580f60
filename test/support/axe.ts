// What axe finds wrong in a page as it stands just now.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** All of its rules where neither is said. */
export type Judging = { tags?: readonly string[]; rules?: readonly string[] }

type Violation = { id: string; nodes: readonly { html: string; failureSummary?: string }[] }

export async function violations(page: Page, { tags, rules }: Judging = {}): Promise<Violation[]> {
  // It is half a megabyte, which the builder would hand over twice for each look at the same page.
  const isThere = await page.evaluate(() => 'axe' in globalThis)
  const builder = new AxeBuilder({ page, ...(isThere && { axeSource: '0' }) })
    // What is right is counted, not described.
    .options({ resultTypes: ['violations'] })
    // In the page itself: the other way opens a second one beside it, and ours would be told that nobody sees it.
    .setLegacyMode()
  if (tags) builder.withTags([...tags])
  if (rules) builder.withRules([...rules])
  return (await builder.analyze()).violations
}
