// What a help desk does for somebody on the telephone.
import {
  callerAnswer as callerAnswerSchema,
  callerAsked,
  callerPath,
  endPasscodeCall,
  issuedPasscode,
  issuePasscodeCall,
  madeMove,
  moveCall,
  standing,
  standingCall,
  verifyCallerCall,
} from '../../../protocol/operator-api/desk.ts'
import { aboutUserCall } from '../../../protocol/operator-api/reports.ts'
import type { Assembly } from '../../assemble.ts'
import { callerAnswer, verifyCaller } from '../../desk/caller.ts'
import { standingOf, unlockPasscodes } from '../../desk/standing.ts'
import { moveToNewDevice } from '../../enrolment/move.ts'
import { endPasscode, issuePasscode } from '../../passcodes/temporary.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { personNamed } from './person.ts'
import { WHY } from './why.ts'

const about = async (given: Given, parts: Assembly) => ({
  ...(await personNamed(given, parts)),
  reason: given.reason,
})

export const deskActs = [
  act({
    name: 'desk.standing',
    http: ['GET', '/users/:id/standing'],
    summary: 'shows what keeps a person out: pause, lock, and how their last request went',
    input: standingCall,
    output: standing,
    cli: {
      name: 'user standing',
      operands: ['username'],
      input: personNamed,
      lines: ({ pushPausedUntil, passcodesLockedUntil, lastRequest, temporaryPasscodes }) => [
        pushPausedUntil ? `Push is paused until ${pushPausedUntil}.` : 'Push is not paused.',
        passcodesLockedUntil
          ? `Typed passcodes are locked until ${passcodesLockedUntil}.`
          : 'Passcodes are not locked.',
        lastRequest
          ? `Last request: ${lastRequest.createdAt}, ${lastRequest.application.name}, ${lastRequest.reason ?? lastRequest.state}, push ${lastRequest.delivery}.`
          : 'Never asked.',
        ...temporaryPasscodes.map(({ id, expiresAt }) => `Temporary passcode ${id} until ${expiresAt}.`),
      ],
    },
    run: (parts, { id }) => standingOf(parts, id),
  }),
  act({
    name: 'desk.verify-caller',
    http: ['POST', '/users/:id/verify-caller'],
    summary: 'asks a person’s device whether they are on the telephone; it signs nobody in',
    input: verifyCallerCall,
    output: callerAsked,
    status: 201,
    helps: true,
    cli: {
      name: 'caller verify',
      operands: ['username'],
      options: WHY,
      input: about,
      lines: ({ number, request, expiresAt }) => [
        `Read out: ${number}`,
        `Good until ${expiresAt}. Next: npx countersign caller show ${request}`,
      ],
    },
    run: verifyCaller,
  }),
  act({
    name: 'desk.caller',
    http: ['GET', '/callers/:id'],
    summary: 'shows whether the caller has typed the number',
    input: callerPath,
    output: callerAnswerSchema,
    every: 500,
    cli: {
      name: 'caller show',
      operands: ['id'],
      lines: ({ verified, state, reason }) => [
        verified ? 'It is them: the number was typed on their device.' : `Not verified: ${reason ?? state}.`,
      ],
    },
    run: (parts, { id }) => callerAnswer(parts, id),
  }),
  act({
    name: 'devices.move',
    http: ['POST', '/users/:id/devices/:device/move'],
    summary: 'makes a link for a new device; the old one goes when the new one can approve, and not before',
    input: moveCall,
    output: madeMove,
    status: 201,
    dangerous: true,
    helps: true,
    cli: {
      name: 'device move',
      operands: ['username', 'device'],
      options: { ...WHY, mail: { about: 'sends the link by mail' } },
      input: async (given, parts) => ({
        ...(await about(given, parts)),
        device: given.device,
        delivery: given.mail ? 'mail' : 'show',
      }),
      lines: ({ mailedTo, activationUrl, expiresAt }) => [
        activationUrl ?? `Mailed to ${mailedTo}.`,
        `Good once, until ${expiresAt}. The old device works until then.`,
      ],
    },
    run: moveToNewDevice,
  }),
  act({
    name: 'passcodes.unlock',
    http: ['POST', '/users/:id/passcodes/unlock'],
    summary: 'lets a person type passcodes again after too many wrong ones',
    input: aboutUserCall,
    helps: true,
    cli: {
      name: 'passcode unlock',
      operands: ['username'],
      options: WHY,
      input: about,
      lines: (_output, { username }) => [`${username} may type passcodes again.`],
    },
    run: unlockPasscodes,
  }),
  act({
    name: 'passcodes.issue',
    http: ['POST', '/users/:id/temporary-passcodes'],
    summary: 'makes a passcode for somebody whose device is not at hand; it ends the one before',
    input: issuePasscodeCall,
    output: issuedPasscode,
    status: 201,
    dangerous: true,
    helps: true,
    cli: {
      name: 'passcode issue',
      operands: ['username'],
      options: {
        ...WHY,
        minutes: { value: 'N', about: 'until when it is good; 60 if absent' },
        many: { about: 'good for every sign-in until then, not for one' },
      },
      input: async (given, parts) => ({
        ...(await about(given, parts)),
        once: given.many !== true,
        ...(given.minutes !== undefined && { minutes: Number(given.minutes) }),
      }),
      lines: ({ passcode, expiresAt, once }) => [
        passcode,
        `Good ${once ? 'once, ' : ''}until ${expiresAt}. It is shown here only.`,
      ],
    },
    run: issuePasscode,
  }),
  act({
    name: 'passcodes.end',
    http: ['POST', '/temporary-passcodes/:id/end'],
    summary: 'ends a temporary passcode at once',
    helps: true,
    input: endPasscodeCall,
    cli: { name: 'passcode end', operands: ['id'], options: WHY, lines: (_output, { id }) => [`Ended ${id}.`] },
    run: endPasscode,
  }),
]
