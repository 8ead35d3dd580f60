// The devices of a person, looked at. With SCREENS set, pictures are in test/out/screens.
import { lookAt } from './screens/look.ts'
import { expect, test } from './screens/stage.ts'

const id = (prefix: string, last: string) => `${prefix}_${'0'.repeat(25)}${last}`

test('devices: several, one of them new, and the code for another', async ({ handset }) => {
  const now = new Date()
  const own = { platform: 'Android', username: 'alice', addedAt: now.toISOString(), suspended: false }
  handset.answers['GET /devices'] = {
    json: {
      devices: [
        { ...own, id: id('dev', '1'), name: 'Chrome on Android', current: true, lastUsedAt: now.toISOString() },
        { ...own, id: id('dev', '2'), name: 'Pixel 9', current: false, lastUsedAt: null },
        {
          ...own,
          id: id('dev', '3'),
          name: 'Ein sehr langer Gerätename, den jemand gab',
          current: false,
          lastUsedAt: null,
          suspended: true,
        },
      ],
    },
  }
  handset.answers['GET /notices'] = {
    json: {
      notices: [
        {
          id: id('ntc', '1'),
          kind: 'device-added',
          username: 'alice',
          at: now.toISOString(),
          device: { id: id('dev', '2'), name: 'Pixel 9' },
          reportableUntil: new Date(now.getTime() + 3_600_000).toISOString(),
          reportedAt: null,
        },
      ],
    },
  }
  handset.answers['POST /enrolments'] = {
    json: {
      activationUrl: 'https://app.example/enrol#0123456789abcdefghjkmnpqrs',
      code: '0123456789abcdefghjkmnpqrs',
      expiresAt: new Date(now.getTime() + 600_000).toISOString(),
    },
  }
  const page = await handset.open('/devices')
  await expect(page.getByText('Pixel 9 was added for alice')).toBeVisible()
  await lookAt(page, 'devices')
  await page.getByRole('button', { name: 'It wasn’t me! Pixel 9 was added for alice' }).click()
  const sure = page.getByRole('dialog', { name: 'Pixel 9 was added for alice' })
  await expect(sure).toContainText('Pixel 9 is removed, and can’t sign in as you any more.')
  await lookAt(page, 'devices-report')
  await sure.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Add another device' }).click()
  await expect(page.getByRole('img', { name: 'QR code of the activation link' })).toBeVisible()
  await lookAt(page, 'devices-add')
})
