import { epochMs } from '@greengate/contracts/time';
import { makeFirstOperator } from '../../src/accounts/first-operator.ts';
import { codeOfStep } from '../../src/accounts/totp-step.ts';
import type { AccountRole, NewStaff } from '../../src/accounts-port.ts';
import { type RunningCloud, random } from '../running-cloud.ts';

/** What a browser keeps and sends: cookies, and where its page is from. */
export interface Browser {
  readonly cookies: Map<string, string>;
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
}

export function newBrowser({ url }: Pick<RunningCloud, 'url'>, origin = url): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    send: async (method, path, body, headers = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          origin,
          'content-type': 'application/json',
          ...(cookie === '' ? {} : { cookie }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      keep(cookies, response);
      return response;
    },
  };
}

function keep(cookies: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const [name = '', value = ''] = [
      pair.slice(0, pair.indexOf('=')),
      pair.slice(pair.indexOf('=') + 1),
    ];
    if (value === '' || /max-age=0/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }
}

export const PASSWORD = 'correct horse battery staple';

/** The secret of an otpauth URI, as bytes. */
export function secretOf(totpUri: string): Buffer {
  const text = new URL(totpUri).searchParams.get('secret') ?? '';
  let bits = '';
  for (const letter of text) {
    bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  }
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code that enrols. */
export function enrolmentCode(secret: Buffer): string {
  return codeOfStep(secret, Math.floor(Date.now() / 30_000));
}

/** A code to sign in by after enrolment: of the next step, which is taken already, and still is when it has come. */
export function nextCode(secret: Buffer): string {
  return codeOfStep(secret, Math.floor(Date.now() / 30_000) + 1);
}

export interface SignedIn {
  readonly id: string;
  readonly username: string;
  readonly browser: Browser;
  readonly totp: Buffer;
  readonly backupCodes: readonly string[];
}

let staffMade = 0;

/** Somebody new on the staff who has a password and is signed in by it alone. */
export async function newcomer(
  running: RunningCloud,
  role: AccountRole,
  areas: readonly string[] = role === 'officer' ? ['330100'] : [],
) {
  staffMade += 1;
  const person = { username: `${role}-${staffMade}`, name: `The ${role}`, role, areas };
  const made = await create(running, person);
  const browser = newBrowser(running);
  const activation = { username: person.username, ...made.secrets, password: PASSWORD };
  await ok(browser.send('POST', '/v1/staff/activate', activation));
  await ok(browser.send('POST', SIGN_IN, { username: person.username, password: PASSWORD }));
  return { id: made.id, username: person.username, browser };
}

/** Somebody new on the staff, signed in with a second factor. */
export async function staffMember(
  running: RunningCloud,
  role: AccountRole,
  areas?: readonly string[],
): Promise<SignedIn> {
  const { id, username, browser } = await newcomer(running, role, areas);
  const enrolment = await ok(browser.send('POST', ENABLE, { password: PASSWORD }));
  const { totpUri, backupCodes } = enrolment as { totpUri: string; backupCodes: string[] };
  const totp = secretOf(totpUri);
  await ok(browser.send('POST', VERIFY, { code: enrolmentCode(totp) }));
  return { id, username, browser, totp, backupCodes };
}

export const SIGN_IN = '/api/auth/sign-in/username';
export const ENABLE = '/api/auth/two-factor/enable';
export const VERIFY = '/api/auth/two-factor/verify-totp';
export const SIGN_OUT = '/api/auth/sign-out';

async function create(running: RunningCloud, person: NewStaff) {
  const { staff } = running.accounts;
  const [one, two] = await founders(running);
  const made = await staff.create(person, one);
  const done = made.kind === 'done' ? made : await staff.approve(made.request, two);
  if (done.kind !== 'done' || !done.invitation) throw new Error('nobody was made');
  const { secret } = done.invitation;
  const second = made.kind === 'waiting' ? made.half : undefined;
  return { id: done.id, secrets: { secret, ...(second !== undefined && { second }) } };
}

const founded = new WeakMap<RunningCloud, Promise<readonly [string, string]>>();

/** The ids of two operators who are there before anybody else, as on a server: they do not sign in. */
export function founders(running: RunningCloud): Promise<readonly [string, string]> {
  const found = founded.get(running) ?? foundersOf(running);
  founded.set(running, found);
  return found;
}

async function foundersOf({ accountsUrl: url }: RunningCloud) {
  const clock = { now: () => epochMs(Date.now()) };
  const log = { info: () => undefined, error: () => undefined };
  const found = async (username: string) =>
    (await makeFirstOperator({ url, clock, random, log }, { username, name: 'A founder' })).id;
  return [await found('founder-1'), await found('founder-2')] as const;
}

async function ok(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}
