// A page without a mouse: from one thing to the next by Tab, pressed by Enter or the space bar.
import type { FileChooser, Locator, Page } from '@playwright/test'
import { expect } from './house.ts'

const MOST_STOPS = 160

/** Goes on from where the focus is, or back, as somebody does who sees where it is. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  const key = (await target.evaluate(isBefore)) ? 'Shift+Tab' : 'Tab'
  for (let stops = 0; stops < MOST_STOPS && !(await target.evaluate(isFocused)); stops++) await page.keyboard.press(key)
  await expect(target).toBeFocused()
}

export async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

/** In the place of what is there. */
export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.press('ControlOrMeta+a')
  await (text === '' ? page.keyboard.press('Delete') : page.keyboard.type(text))
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
  for (let stops = 0; stops < MOST_STOPS && !(await wanted.evaluate(isFocused)); stops++)
    await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}

/** From a list that drops down, by the arrows. */
export async function select(page: Page, list: Locator, option: string): Promise<void> {
  await tabTo(page, list)
  await page.keyboard.press('Home')
  const isChosen = async () => (await list.evaluate(chosenOf)) === option
  for (let stops = 0; stops < MOST_STOPS && !(await isChosen()); stops++) await page.keyboard.press('ArrowDown')
  expect(await isChosen()).toBe(true)
}

/** What the browser asks for a file with. */
export async function browse(page: Page, field: Locator): Promise<FileChooser> {
  const [asked] = await Promise.all([page.waitForEvent('filechooser'), press(page, field)])
  return asked
}

// What follows runs in the page.
const isFocused = (element: Element) => element === document.activeElement
const chosenOf = (element: Element) => (element as HTMLSelectElement).selectedOptions[0]?.label

/** Backwards, the browser comes to the end of a date and to the last of radio buttons, where nobody begins. */
function isBefore(element: Element): boolean {
  const isPlain = !element.matches('[type="radio"], [type^="date"], [type="time"]')
  const where = document.activeElement?.compareDocumentPosition(element) ?? 0
  return isPlain && (where & Node.DOCUMENT_POSITION_PRECEDING) !== 0
}
