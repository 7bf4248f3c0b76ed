import { expect, test } from 'vitest';
import { codeOf, type RunningCloud, runCloud } from '../running-cloud.ts';
import {
  newBrowser,
  newcomer,
  nextCode,
  PASSWORD,
  SIGN_IN,
  staffMember,
  VERIFY,
} from './browser.ts';

const WRONG = 'not the password at all';

async function tries(running: RunningCloud, count: number, username: string, headers = {}) {
  const statuses: number[] = [];
  let last: Response | undefined;
  for (let i = 0; i < count; i++) {
    const body = { username, password: WRONG };
    last = await newBrowser(running).send('POST', SIGN_IN, body, headers);
    statuses.push(last.status);
  }
  return { statuses, last };
}

test('T21 the 11th try at one account in 10 minutes waits, be it known or not', async () => {
  const running = await runCloud();
  const { username } = await newcomer(running, 'officer');
  // newcomer() activated and signed in: 2 of 10.
  const known = await tries(running, 9, username);
  expect(known.statuses).toEqual([...Array(8).fill(401), 429]);
  const unknown = await tries(running, 11, 'nobody-at-all');
  expect(unknown.statuses).toEqual([...Array(10).fill(401), 429]);
  expect(await codeOf(unknown.last as Response)).toBe('rate-limited');
  const seconds = Number(unknown.last?.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(600);
  const right = await newBrowser(running).send('POST', SIGN_IN, { username, password: PASSWORD });
  expect(right.status).toBe(429);
  running.accountsClock.ahead(seconds * 1000);
  expect((await tries(running, 1, 'nobody-at-all')).statuses).toEqual([401]);
});

test('a sign-in that came to its end gives the tries back', async () => {
  const running = await runCloud();
  const { username, totp } = await staffMember(running, 'officer');
  await tries(running, 7, username);
  const browser = newBrowser(running);
  await browser.send('POST', SIGN_IN, { username, password: PASSWORD });
  expect((await browser.send('POST', VERIFY, { code: nextCode(totp) })).status).toBe(200);
  expect((await tries(running, 11, username)).statuses.at(-2)).toBe(401);
});

test('five wrong codes end the challenge: the right one comes too late', async () => {
  const running = await runCloud();
  const { username, totp } = await staffMember(running, 'officer');
  const browser = newBrowser(running);
  await browser.send('POST', SIGN_IN, { username, password: PASSWORD });
  const right = nextCode(totp);
  const wrong = right === '000000' ? '000001' : '000000';
  for (let i = 0; i < 5; i++) {
    const response = await browser.send('POST', VERIFY, { code: wrong });
    expect([response.status, await codeOf(response)]).toEqual([401, 'credentials-refused']);
  }
  expect((await browser.send('POST', VERIFY, { code: right })).status).toBe(401);
  expect((await browser.send('GET', '/v1/me')).status).toBe(401);
});

test('ten wrong codes in two challenges lock the second factor', async () => {
  const running = await runCloud();
  const { username, totp } = await staffMember(running, 'officer');
  const right = nextCode(totp);
  const wrong = right === '000000' ? '000001' : '000000';
  for (let round = 0; round < 2; round++) {
    const browser = newBrowser(running);
    await browser.send('POST', SIGN_IN, { username, password: PASSWORD });
    for (let i = 0; i < 5; i++) await browser.send('POST', VERIFY, { code: wrong });
  }
  const browser = newBrowser(running);
  await browser.send('POST', SIGN_IN, { username, password: PASSWORD });
  const late = await browser.send('POST', VERIFY, { code: right });
  expect([late.status, await codeOf(late)]).toEqual([429, 'rate-limited']);
});

test('tries are counted by the address of the connection, whatever X-Forwarded-For says', async () => {
  const running = await runCloud({ proxies: '' });
  const statuses: number[] = [];
  for (let i = 0; i < 102; i++) {
    const headers = { 'x-forwarded-for': `203.0.113.${i}`, 'x-real-ip': `203.0.113.${i}` };
    statuses.push(...(await tries(running, 1, `nobody-${i}`, headers)).statuses);
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(100);
  expect(statuses.slice(-2)).toEqual([429, 429]);
});

test('behind a trusted proxy tries are counted by whom it names', async () => {
  const running = await runCloud({ proxies: '127.0.0.1' });
  const from = (address: string, name: string) =>
    tries(running, 1, name, { 'x-forwarded-for': `198.51.100.1, ${address}` });
  const statuses: number[] = [];
  for (let i = 0; i < 101; i++) {
    statuses.push(...(await from('203.0.113.7', `nobody-${i}`)).statuses);
  }
  expect(statuses.at(-1)).toBe(429);
  expect((await from('203.0.113.8', 'nobody')).statuses).toEqual([401]);
});
