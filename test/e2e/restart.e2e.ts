// A power cut between the question and the answer: the store has all that is needed to go on.
import { ACR_PUSH } from '../../protocol/sign-in.ts'
import { expect } from './house.ts'
import { sheet } from './phone.ts'
import { testOn } from './place.ts'
import { SignIn } from './sign-in.ts'

for (const store of ['SQLite', 'PostgreSQL'] as const) {
  const on = testOn({ store, apart: false })

  on(
    `${store}: the server is killed between create and approve, then started again: the request still settles, and the page that waits goes on by itself`,
    async ({ enrolledPhone, installation, person: { username }, site, computer }) => {
      const phone = await enrolledPhone()
      const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
      const number = await signIn.number()
      const notification = await phone.asked()

      await installation.kill()
      await installation.start()
      const app = await phone.opens(() => phone.tray.press(notification, 'Approve'))
      await sheet(app).getByLabel('Type the number on your sign-in page').fill(number)
      await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
      await signIn.arrives(site, { username, amr: 'pwd otp swk mfa', acr: ACR_PUSH })
    },
  )

  on(
    `${store}: approved while the server is down: the device says so and sends it as soon as somebody answers`,
    async ({ enrolledPhone, installation, person: { username }, site, computer }) => {
      const phone = await enrolledPhone()
      const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
      const number = await signIn.number()
      const app = await phone.opens(async () => phone.tray.press(await phone.asked(), 'Approve'))
      await expect(sheet(app).getByText('You pressed Approve. This is still needed:')).toBeVisible()

      await installation.kill()
      await sheet(app).getByLabel('Type the number on your sign-in page').fill(number)
      await expect(sheet(app).getByText('Could not send. Trying again…')).toBeVisible()
      await installation.start()
      await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
      await signIn.arrives(site, { username, amr: 'pwd otp swk mfa', acr: ACR_PUSH })
    },
  )
}
