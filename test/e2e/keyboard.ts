// A page without a mouse: from one thing to the next by Tab, pressed by Enter or the space bar.
import type { Locator, Page } from '@playwright/test'
import { expect } from './house.ts'

const MOST_STOPS = 160

/** Goes on from where the focus is, as somebody does who sees where it is. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  const isThere = () => target.evaluate((element) => element === document.activeElement)
  for (let stops = 0; stops < MOST_STOPS && !(await isThere()); stops++) await page.keyboard.press('Tab')
  await expect(target).toBeFocused()
}

export async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(text)
}

/** A box, or a radio button with the space bar where its group has no choice yet, with arrows where it has. */
export async function choose(page: Page, field: Locator): Promise<void> {
  const isChecked = () => field.isChecked()
  const name = await field.getAttribute('name')
  if (name === null) {
    await tabTo(page, field)
    await page.keyboard.press('Space')
  } else {
    const group = page.locator(`input[name="${name}"]`)
    const checked = group.and(page.locator(':checked'))
    await tabTo(page, (await checked.count()) > 0 ? checked : group.first())
    await page.keyboard.press('Space')
    for (let stops = 0; stops < MOST_STOPS && !(await isChecked()); stops++) await page.keyboard.press('ArrowDown')
  }
  await expect(field).toBeChecked()
}

/** From the menu of a row. */
export async function pick(page: Page, menu: Locator, item: string): Promise<void> {
  await press(page, menu)
  const wanted = page.getByRole('menuitem', { name: item })
  const isThere = () => wanted.evaluate((element) => element === document.activeElement)
  for (let stops = 0; stops < MOST_STOPS && !(await isThere()); stops++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}
