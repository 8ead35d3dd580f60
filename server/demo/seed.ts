// What a demonstration begins with: somebody, two applications to sign in to, and a link for the first device.
// Run again it finds what it made and changes nothing else.
import { crockford128 } from '../../protocol/crockford.ts'
import type { ApplicationId } from '../../protocol/ids.ts'
import { addApplication, clientSecretOf, redirectUrisOf } from '../applications/applications.ts'
import type { ApplicationRow } from '../applications/rows.ts'
import { activeTokensOf } from '../devices/token-rows.ts'
import type { Passwords } from '../directory/passwords.ts'
import { findUser, type UserRow } from '../directory/rows.ts'
import { addUser } from '../directory/users.ts'
import { type CreatedEnrolment, type CreateEnrolmentNeeds, createEnrolment } from '../enrolment/create.ts'
import { sealedSettingOf } from '../store/sealed-setting.ts'
import { settingOf } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { HarbourEnvironment } from './harbour/environment.ts'

export type DemoNeeds = CreateEnrolmentNeeds & { passwords: Passwords; publicOrigin: string }

export type Demo = {
  username: string
  /** undefined where somebody of that name was there before the demonstration */
  password: string | undefined
  /** undefined once a device is active */
  enrolment: CreatedEnrolment | undefined
  /** for the process that runs Harbour */
  harbour: HarbourEnvironment
}

const USERNAME = 'alice'

/** @param harbourUrl the origin on which Harbour will answer */
export async function prepareDemo(needs: DemoNeeds, harbourUrl: string): Promise<Demo> {
  const { user, password } = await someone(needs)
  const harbour = await application(needs, 'Harbour', `${harbourUrl}/callback`)
  await application(needs, 'Lighthouse Webmail', `${harbourUrl}/webmail/callback`)
  const tokens = await activeTokensOf(needs.store.read, user.id)
  return {
    username: user.username,
    password,
    enrolment: tokens.length > 0 ? undefined : await createEnrolment(needs, { user: user.id }),
    harbour: {
      HARBOUR_URL: harbourUrl,
      ISSUER: `${needs.publicOrigin}/oidc`,
      CLIENT_ID: harbour.client_id ?? '',
      CLIENT_SECRET: clientSecretOf(needs.sealer, harbour) ?? '',
    },
  }
}

async function someone(needs: DemoNeeds): Promise<{ user: UserRow; password: string | undefined }> {
  const { store, random } = needs
  const known = await findUser(store.read, USERNAME)
  if (known && !(await isOurs(store))) return { user: known, password: undefined }
  const password = await sealedSettingOf(needs, PASSWORD_SETTING, () => readable(crockford128(random(16))))
  return { user: known ?? (await addUser(needs, { username: USERNAME, displayName: 'Alice', password })), password }
}

const PASSWORD_SETTING = 'demo-password'

/** Nobody's password is shown who was not made here. */
async function isOurs(store: Store): Promise<boolean> {
  const row = await store.read
    .selectFrom('settings')
    .select('name')
    .where('name', '=', PASSWORD_SETTING)
    .executeTakeFirst()
  return row !== undefined
}

/** 60 random bits in groups that a person can copy from a terminal. */
function readable(code: string): string {
  return [code.slice(0, 4), code.slice(4, 8), code.slice(8, 12)].join('-')
}

/** Made once, and found again by its id; where Harbour answers elsewhere than the last time, its address is changed. */
async function application(needs: DemoNeeds, name: string, redirectUri: string): Promise<ApplicationRow> {
  const { store } = needs
  const add = async () => (await addApplication(needs, { name, redirectUris: [redirectUri] })).id
  const id = (await settingOf(store, `demo-application:${name}`, add)) as ApplicationId
  if (redirectUrisOf(await applicationById(store, id)).join() !== redirectUri) await move(store, id, redirectUri)
  return applicationById(store, id)
}

function applicationById(store: Store, id: ApplicationId): Promise<ApplicationRow> {
  return store.read.selectFrom('applications').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

async function move(store: Store, id: ApplicationId, redirectUri: string): Promise<void> {
  await store.write((tx) =>
    tx
      .updateTable('applications')
      .set({ redirect_uris: JSON.stringify([redirectUri]) })
      .where('id', '=', id)
      .execute(),
  )
}
