import { expect, test } from 'vitest';
import { SESSION_COOKIE } from '../../src/accounts-port.ts';
import { type RunningCloud, runCloud } from '../running-cloud.ts';
import {
  founders,
  newBrowser,
  nextCode,
  PASSWORD,
  SIGN_IN,
  staffMember,
  VERIFY,
} from './browser.ts';
import { ORIGIN, runNationalIdentity } from './national-identity.ts';

/** What the accounts promise on each engine. `newUrl` answers an empty database. */
export function accountsSuite(newUrl: () => Promise<string>): void {
  const run = async () => runCloud({ accountsUrl: await newUrl() });

  test('of many tries at once exactly as many are taken as may be', async () => {
    const running = await run();
    const body = { username: 'nobody-at-all', password: 'not the password at all' };
    const tries = Array.from({ length: 24 }, () => newBrowser(running).send('POST', SIGN_IN, body));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(14);
  });

  test('one code that comes many times at once opens one session', async () => {
    const running = await run();
    const { username, totp } = await staffMember(running, 'officer');
    const browsers = Array.from({ length: 5 }, () => newBrowser(running));
    for (const one of browsers) await one.send('POST', SIGN_IN, { username, password: PASSWORD });
    const code = nextCode(totp);
    await Promise.all(browsers.map((one) => one.send('POST', VERIFY, { code })));
    expect(browsers.filter(({ cookies }) => cookies.has(SESSION_COOKIE))).toHaveLength(1);
  });

  test('of two approvals at once one makes the colleague', async () => {
    const running = await run();
    const [one, two, three] = await Promise.all([
      operator(running),
      operator(running),
      operator(running),
    ]);
    const person = { username: 'zhang', name: 'Zhang', role: 'auditor' };
    const asked = await (await one.send('POST', '/v1/staff', person)).json();
    const path = `/v1/staff/requests/${(asked as { waiting: string }).waiting}/approve`;
    const answers = await Promise.all([two.send('POST', path), three.send('POST', path)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    const list = await running.accounts.staff.list();
    expect(list.filter(({ username }) => username === 'zhang')).toHaveLength(1);
  });

  test('an invitation of two opens by both halves, once', async () => {
    const running = await run();
    const [one, two] = await founders(running);
    const { staff } = running.accounts;
    const person = {
      username: 'li.wei',
      name: 'Li Wei',
      role: 'officer',
      areas: ['330106'],
    } as const;
    const asked = await staff.create(person, one);
    if (asked.kind !== 'waiting') throw new Error('one operator alone made an officer');
    await expect(staff.approve(asked.request, one)).rejects.toMatchObject({
      code: 'second-person-needed',
    });
    const made = await staff.approve(asked.request, two);
    const [first = '', second = ''] = [asked.half, made.kind === 'done' && made.invitation?.secret];
    const activate = async (secrets: object) => {
      const body = { username: person.username, password: PASSWORD, ...secrets };
      return (await newBrowser(running).send('POST', '/v1/staff/activate', body)).status;
    };
    expect(await activate({ secret: first })).toBe(401);
    expect(await activate({ secret: second })).toBe(401);
    const both = { secret: first, second };
    const answers = await Promise.all([activate(both), activate(both)]);
    expect(answers.sort()).toEqual([200, 401]);
  });

  test('of two colleagues with one name there is one', async () => {
    const running = await run();
    const { operator: token } = running.tokens;
    const person = { username: 'li.wei', name: 'Li Wei', role: 'attendant' };
    const asked = [1, 2, 3].map(() => running.call(token, 'POST', '/v1/staff', person));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409, 409]);
  });

  test('who is disabled is out, and enabled again signs in anew', async () => {
    const running = await run();
    const { id, username, browser } = await staffMember(running, 'officer', ['330106']);
    expect((await browser.send('GET', '/v1/me')).status).toBe(200);
    await running.accounts.staff.disable(id, undefined);
    expect((await browser.send('GET', '/v1/me')).status).toBe(401);
    const body = { username, password: PASSWORD };
    expect((await newBrowser(running).send('POST', SIGN_IN, body)).status).toBe(401);
    const { staff } = running.accounts;
    await expect(staff.enable(id, undefined)).rejects.toMatchObject({ code: 'forbidden' });
    const [one, two] = await founders(running);
    const asked = await staff.enable(id, one);
    if (asked.kind !== 'waiting') throw new Error('one operator alone enabled an officer');
    expect(await staff.approve(asked.request, two)).toEqual({ kind: 'done', id });
    expect((await newBrowser(running).send('POST', SIGN_IN, body)).status).toBe(200);
    const member = (await running.accounts.staff.list()).find((each) => each.id === id);
    expect(member).toMatchObject({ areas: ['330106'], disabled: false, secondFactor: true });
  });

  test('a session ends with its time', async () => {
    const running = await run();
    const { browser } = await staffMember(running, 'attendant');
    running.accountsClock.ahead(14 * 60_000);
    expect((await browser.send('GET', '/v1/me')).status).toBe(200);
    running.accountsClock.ahead(29 * 60_000);
    expect((await browser.send('GET', '/v1/me')).status).toBe(401);
  });

  test('a holder comes by the identity provider', async () => {
    const national = await runNationalIdentity();
    const citizen = { name: 'Wang', id_number: '33010619900307001X', real_name_verified: true };
    national.citizens.set('citizen-1', citizen);
    const accountsUrl = await newUrl();
    const running = await runCloud({ accountsUrl, origin: ORIGIN, provider: national.provider });
    const browser = newBrowser(running, ORIGIN);
    const begun = await browser.send('POST', '/api/auth/sign-in/social', { provider: 'national' });
    const { url } = (await begun.json()) as { url: string };
    const back = await national.signIn(url, 'citizen-1');
    await browser.send('GET', back.pathname + back.search);
    expect((await browser.send('GET', '/v1/me')).status).toBe(200);
  });
}

async function operator(running: RunningCloud) {
  return (await staffMember(running, 'operator')).browser;
}
