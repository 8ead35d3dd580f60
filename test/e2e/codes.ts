// Codes that a person reads on their phone and types elsewhere.
import { expect, type Page } from '@playwright/test'
import type { Person } from './house.ts'
import type { Installation } from './installation.ts'

/** Half a minute goes by, as far as the server knows: the code that activated the token is spent, the next one is not. */
export async function nextCode({ store }: Installation, { id }: Person): Promise<void> {
  await store.write((tx) => tx.updateTable('tokens').set({ last_step: 0 }).where('user_id', '=', id).execute())
}

export async function codeOn(app: Page): Promise<string> {
  const code = app.getByRole('button', { name: 'Copy code' }).locator('[aria-hidden]').first()
  await expect(code).toHaveText(/^\d{6}$/)
  return (await code.textContent()) ?? ''
}
