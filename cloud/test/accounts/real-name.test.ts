import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SESSION_COOKIE } from '../../src/accounts-port.ts';
import { HEALTHY, type RunningCloud, runCloud } from '../running-cloud.ts';
import { type Browser, newBrowser } from './browser.ts';
import { type NationalIdentity, ORIGIN, runNationalIdentity } from './national-identity.ts';

const CANARY = {
  name: '金丝雀-Real',
  id_number: '33010619900307001X',
  phone_number: '+8613912345679',
  real_name_verified: true,
};

async function start() {
  const national = await runNationalIdentity();
  national.citizens.set('citizen-1', { ...CANARY });
  const running = await runCloud({ origin: ORIGIN, provider: national.provider });
  return { national, running };
}

async function throughProvider(
  running: RunningCloud,
  national: NationalIdentity,
  subject: string,
  browser: Browser = newBrowser(running, ORIGIN),
) {
  const begun = await browser.send('POST', '/api/auth/sign-in/social', { provider: 'national' });
  expect(begun.status).toBe(200);
  const { url } = (await begun.json()) as { url: string };
  const back = await national.signIn(url, subject);
  expect(back.origin).toBe(ORIGIN);
  const landed = await browser.send('GET', back.pathname + back.search);
  return { browser, back, landed: [landed.status, landed.headers.get('location')] };
}

test('a holder signs in by the real name that the provider vouches for, and declares', async () => {
  const { national, running } = await start();
  const { browser, landed } = await throughProvider(running, national, 'citizen-1');
  expect(landed).toEqual([302, '/']);
  const me = (await (await browser.send('GET', '/v1/me')).json()) as {
    kind: string;
    holder: string;
  };
  expect(me).toEqual({ kind: 'holder', holder: expect.stringMatching(/^[0-9a-f]{32}$/) });
  const declared = await browser.send('POST', '/v1/declarations', HEALTHY);
  expect([declared.status, await declared.json()]).toEqual([
    200,
    expect.objectContaining({ colour: 'green' }),
  ]);
  const again = await throughProvider(running, national, 'citizen-1');
  expect(await (await again.browser.send('GET', '/v1/me')).json()).toEqual(me);
  expect((await browser.send('GET', '/v1/staff')).status).toBe(403);
});

test('whoever a registrar registered is the same holder when they sign in', async () => {
  const { national, running } = await start();
  const person = { name: CANARY.name, idNumber: CANARY.id_number, phone: '13800000000' };
  const made = await running.call(running.tokens.registrar, 'POST', '/v1/holders', person);
  const { holderId } = (await made.json()) as { holderId: string };
  const { browser } = await throughProvider(running, national, 'citizen-1');
  expect(await (await browser.send('GET', '/v1/me')).json()).toEqual({
    kind: 'holder',
    holder: holderId,
  });
});

test('P27 of a holder who signs in no name, number, phone or token is in a file, a log or an address', async () => {
  const { national, running } = await start();
  const { browser, back } = await throughProvider(running, national, 'citizen-1');
  const session = decodeURIComponent(browser.cookies.get(SESSION_COOKIE) ?? '').split('.')[0] ?? '';
  const folder = dirname(running.file);
  const names = ['accounts.db', 'accounts.db-wal', 'cloud.db', 'cloud.db-wal'];
  const read = names.map((name) => readFileSync(join(folder, name)));
  expect(read[1]?.includes('@holder.invalid')).toBe(true);
  read.push(Buffer.from(running.log.join('')), Buffer.from(back.href));
  const { name, id_number, phone_number } = CANARY;
  const state = back.searchParams.get('state') ?? '';
  for (const [i, bytes] of read.entries()) {
    for (const secret of [name, id_number, phone_number, session, 'citizen-1', 'eyJ']) {
      expect([names[i], secret, bytes.includes(secret)]).toEqual([names[i], secret, false]);
    }
    if (i < names.length) expect(bytes.includes(state)).toBe(false);
  }
});

test.each([
  ['whose name the provider did not verify', { ...CANARY, real_name_verified: false }],
  ['with a number that is none', { ...CANARY, id_number: '1234' }],
  ['without a name', { ...CANARY, name: '' }],
])('a person %s is no holder', async (_what, citizen) => {
  const { national, running } = await start();
  national.citizens.set('citizen-2', citizen);
  const { browser, landed } = await throughProvider(running, national, 'citizen-2');
  expect(landed).toEqual([302, '/?sign-in=refused']);
  expect(browser.cookies.has(SESSION_COOKIE)).toBe(false);
  expect(running.log.join('')).not.toContain(citizen.id_number);
});

test('a subject of the provider never becomes another person here', async () => {
  const { national, running } = await start();
  await throughProvider(running, national, 'citizen-1');
  national.citizens.set('citizen-1', { ...CANARY, id_number: '330106199003070028' });
  const { browser, landed } = await throughProvider(running, national, 'citizen-1');
  expect(landed).toEqual([302, '/?sign-in=refused']);
  expect((await browser.send('GET', '/v1/me')).status).toBe(401);
});

test('two subjects of one person are one holder', async () => {
  const { national, running } = await start();
  national.citizens.set('citizen-1b', { ...CANARY });
  const one = await throughProvider(running, national, 'citizen-1');
  const two = await throughProvider(running, national, 'citizen-1b');
  const [a, b] = [await one.browser.send('GET', '/v1/me'), await two.browser.send('GET', '/v1/me')];
  expect(await a.json()).toEqual(await b.json());
});

test('an answer of the provider is good once, in the browser that asked, and unaltered', async () => {
  const { national, running } = await start();
  const { browser, back } = await throughProvider(running, national, 'citizen-1');
  const replayed = await browser.send('GET', back.pathname + back.search);
  expect(replayed.headers.get('location')).toBe('/?sign-in=refused');
  const asking = newBrowser(running, ORIGIN);
  const begun = await asking.send('POST', '/api/auth/sign-in/social', { provider: 'national' });
  const { url } = (await begun.json()) as { url: string };
  const fresh = await national.signIn(url, 'citizen-1');
  const other = newBrowser(running, ORIGIN);
  for (const [who, address] of [
    [other, fresh.pathname + fresh.search],
    [asking, `${fresh.pathname}?error=access_denied&state=${fresh.searchParams.get('state')}`],
    [asking, `${fresh.pathname}?code=x&state=x`],
    [asking, fresh.pathname],
    [asking, `/api/auth/callback/other${fresh.search}`],
  ] as const) {
    const landed = await who.send('GET', address);
    expect([landed.status, landed.headers.get('location')]).toEqual([302, '/?sign-in=refused']);
    expect(who.cookies.has(SESSION_COOKIE)).toBe(false);
  }
});

test('a holder who asks to be forgotten is signed in no more, and nothing is left', async () => {
  const { national, running } = await start();
  const { browser } = await throughProvider(running, national, 'citizen-1');
  const { holder } = (await (await browser.send('GET', '/v1/me')).json()) as { holder: string };
  const file = join(dirname(running.file), 'accounts.db-wal');
  expect(readFileSync(file).includes(holder)).toBe(true);
  await running.accounts.forgetHolder(holder);
  expect((await browser.send('GET', '/v1/me')).status).toBe(401);
  await running.accounts.forgetHolder(holder);
});

test('a provider that nobody set up is refused like any other mistake', async () => {
  const running = await runCloud();
  const browser = newBrowser(running);
  const response = await browser.send('POST', '/api/auth/sign-in/social', { provider: 'national' });
  expect(response.status).toBe(401);
});
