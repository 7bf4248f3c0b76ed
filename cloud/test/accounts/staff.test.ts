import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { coversDivision } from '../../src/area.ts';
import { addRoute, areasOf, mustReach, officerOf } from '../../src/route.ts';
import { codeOf, type RunningCloud, runCloud } from '../running-cloud.ts';
import { type Browser, newBrowser, PASSWORD, SIGN_IN, staffMember } from './browser.ts';

const officer = { username: 'li.wei', name: 'Li Wei', role: 'officer', areas: ['330106'] };
const attendant = { username: 'chen', name: 'Chen', role: 'attendant' };
const auditor = { username: 'zhang', name: 'Zhang', role: 'auditor' };

async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, await codeOf(response)];
}

interface Made {
  readonly id: string;
  readonly invitation: { readonly secret: string; readonly isHalf: boolean };
}

interface Waiting {
  readonly waiting: string;
  readonly half: string;
}

const SECRET = /^[A-Za-z0-9_-]{27}$/;

test('an operator makes an attendant, and shows the secret of the invitation once', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'operator');
  const made = await browser.send('POST', '/v1/staff', attendant);
  const { id, invitation } = (await made.json()) as Made;
  expect(invitation).toMatchObject({ secret: expect.stringMatching(SECRET), isHalf: false });
  const body = { username: 'CHEN', secret: invitation.secret, password: PASSWORD };
  const fresh = newBrowser(running);
  expect((await fresh.send('POST', '/v1/staff/activate', body)).status).toBe(200);
  const credentials = { username: 'Chen', password: PASSWORD };
  expect((await fresh.send('POST', SIGN_IN, credentials)).status).toBe(200);
  const list = await (await browser.send('GET', '/v1/staff')).text();
  expect(list).not.toContain(invitation.secret);
  expect((JSON.parse(list) as { staff: object[] }).staff[0]).toEqual({
    ...{ ...attendant, areas: [], id },
    ...{ disabled: false, secondFactor: false, invited: false },
  });
  expect(await refusal(await browser.send('POST', '/v1/staff', attendant))).toEqual([
    409,
    'already-exists',
  ]);
});

test('P59 two operators make an officer: each is shown one half, and neither half alone opens the account', async () => {
  const running = await runCloud();
  const [one, two] = await twoOperators(running);
  const asked = (await (await one.send('POST', '/v1/staff', officer)).json()) as Waiting;
  expect(asked).toEqual({ waiting: expect.any(String), half: expect.stringMatching(SECRET) });
  const seen = await (await two.send('GET', '/v1/staff/requests')).text();
  expect(seen).not.toContain(asked.half);
  // Who approves sees for whom, and where.
  expect(JSON.parse(seen)).toMatchObject({ requests: [{ ...officer, action: 'create' }] });
  const approval = await two.send('POST', `/v1/staff/requests/${asked.waiting}/approve`);
  const { invitation } = (await approval.json()) as Made;
  expect(invitation).toMatchObject({ secret: expect.stringMatching(SECRET), isHalf: true });
  const [first, second] = [asked.half, invitation.secret];
  const activate = async (secrets: object) => {
    const body = { username: officer.username, password: PASSWORD, ...secrets };
    const response = await newBrowser(running).send('POST', '/v1/staff/activate', body);
    return response.status;
  };
  const zeros = 'A'.repeat(27);
  for (const secrets of [
    ...[{ secret: first }, { secret: second }],
    ...[
      { secret: first, second: first },
      { secret: second, second },
    ],
    ...[
      { secret: first, second: zeros },
      { secret: zeros, second },
    ],
    { secret: first + second },
  ]) {
    expect([secrets, await activate(secrets)]).toEqual([secrets, 401]);
  }
  expect(await activate({ secret: second, second: first })).toBe(200);
  expect(await activate({ secret: first, second })).toBe(401);
  const credentials = { username: officer.username, password: PASSWORD };
  expect((await newBrowser(running).send('POST', SIGN_IN, credentials)).status).toBe(200);
});

test('who was disabled meanwhile has asked for nothing', async () => {
  const running = await runCloud();
  const one = await staffMember(running, 'operator');
  const two = await staffMember(running, 'operator');
  const asked = (await (await one.browser.send('POST', '/v1/staff', officer)).json()) as Waiting;
  await running.accounts.staff.disable(one.id, two.id);
  const approval = await two.browser.send('POST', `/v1/staff/requests/${asked.waiting}/approve`);
  expect(await refusal(approval)).toEqual([404, 'not-found']);
  const staff = await running.accounts.staff.list();
  expect(staff.some(({ username }) => username === officer.username)).toBe(false);
});

test.each([
  ['an officer without areas', { ...officer, areas: [] }],
  ['an attendant with areas', { ...officer, role: 'attendant' }],
  ['a role that is none', { ...officer, role: 'registrar' }],
  ['an area that is none', { ...officer, areas: ['33010'] }],
  ['a name that cannot be typed', { ...officer, username: 'Li Wei' }],
  ['a field too many', { ...officer, disabled: false }],
])('%s is refused', async (_what, person) => {
  const running = await runCloud();
  const response = await running.call(running.tokens.operator, 'POST', '/v1/staff', person);
  expect(await refusal(response)).toEqual([400, 'request-invalid']);
});

async function twoOperators(running: RunningCloud): Promise<[Browser, Browser]> {
  const one = await staffMember(running, 'operator');
  const two = await staffMember(running, 'operator');
  return [one.browser, two.browser];
}

test.each(['operator', 'auditor', 'officer'] as const)(
  'P47 one operator alone makes, resets and enables no %s',
  async (role) => {
    const running = await runCloud();
    const [one, two] = await twoOperators(running);
    const target = await staffMember(running, role);
    const areas = role === 'officer' ? ['330106'] : [];
    for (const [path, body] of [
      ['/v1/staff', { ...auditor, role, areas }],
      [`/v1/staff/${target.id}/reset`, undefined],
      [`/v1/staff/${target.id}/enable`, undefined],
    ] as const) {
      // Whoever holds a service's token could be the same person twice.
      const token = await running.call(running.tokens.operator, 'POST', path, body);
      expect(await refusal(token)).toEqual([403, 'forbidden']);
      const asked = await one.send('POST', path, body);
      const { waiting } = (await asked.json()) as { waiting: string };
      const approve = `/v1/staff/requests/${waiting}/approve`;
      expect(await refusal(await one.send('POST', approve))).toEqual([403, 'second-person-needed']);
      const byToken = await running.call(running.tokens.operator, 'POST', approve);
      expect(await refusal(byToken)).toEqual([403, 'forbidden']);
      const open = (await (await two.send('GET', '/v1/staff/requests')).json()) as {
        requests: { id: string }[];
      };
      expect(open.requests.map(({ id }) => id)).toContain(waiting);
      const twice = await Promise.all([two.send('POST', approve), two.send('POST', approve)]);
      expect(twice.map(({ status }) => status).sort()).toEqual([200, 404]);
      expect(await refusal(await two.send('POST', approve))).toEqual([404, 'not-found']);
    }
    const staff = await running.accounts.staff.list();
    expect(staff.filter(({ username }) => username === auditor.username)).toHaveLength(1);
  },
);

test('a request waits a day for a second operator, and no longer', async () => {
  const running = await runCloud();
  const { staff } = running.accounts;
  const person = { ...auditor, role: 'auditor', areas: [] } as const;
  const asked = await staff.create(person, 'one');
  running.accountsClock.ahead(24 * 3_600_000);
  expect(await staff.requests()).toEqual([]);
  const id = asked.kind === 'waiting' ? asked.request : '';
  await expect(staff.approve(id, 'two')).rejects.toMatchObject({ code: 'not-found' });
});

test('a reset voids the password and the authenticator, and ends the sessions', async () => {
  const running = await runCloud();
  const [one, two] = await twoOperators(running);
  const target = await staffMember(running, 'officer');
  const asked = await one.send('POST', `/v1/staff/${target.id}/reset`);
  const { waiting, half } = (await asked.json()) as Waiting;
  expect((await target.browser.send('GET', '/v1/me')).status).toBe(200);
  const approval = await two.send('POST', `/v1/staff/requests/${waiting}/approve`);
  const { invitation } = (await approval.json()) as Made;
  expect((await target.browser.send('GET', '/v1/me')).status).toBe(401);
  const fresh = newBrowser(running);
  const { username } = target;
  const old = await fresh.send('POST', SIGN_IN, { username, password: PASSWORD });
  expect(old.status).toBe(401);
  const password = `${PASSWORD} again`;
  const alone = { username, secret: invitation.secret, password };
  expect((await fresh.send('POST', '/v1/staff/activate', alone)).status).toBe(401);
  const body = { ...alone, second: half };
  expect((await fresh.send('POST', '/v1/staff/activate', body)).status).toBe(200);
  const next = await fresh.send('POST', SIGN_IN, { username, password });
  expect(await next.json()).toEqual({ next: 'enrol' });
});

test('nobody disables themselves, and who is not of the staff is not found', async () => {
  const running = await runCloud();
  const { browser, id } = await staffMember(running, 'operator');
  const own = await browser.send('POST', `/v1/staff/${id}/disable`);
  expect(await refusal(own)).toEqual([403, 'forbidden']);
  for (const other of ['nobody', '%27%20OR%201=1', '__proto__']) {
    const response = await browser.send('POST', `/v1/staff/${other}/disable`);
    expect(await refusal(response)).toEqual([404, 'not-found']);
  }
});

test.each(['officer', 'attendant', 'technician', 'auditor'] as const)(
  'a signed-in %s changes nothing of the staff',
  async (role) => {
    const running = await runCloud();
    const { browser, id } = await staffMember(running, role);
    for (const path of ['/v1/staff', `/v1/staff/${id}/reset`, `/v1/staff/${id}/disable`]) {
      expect(await refusal(await browser.send('POST', path, {}))).toEqual([403, 'forbidden']);
    }
    const list = await browser.send('GET', '/v1/staff');
    expect(list.status).toBe(role === 'auditor' ? 200 : 403);
  },
);

test('T25 an officer finds nothing of another area; staff whom no area binds find all', async () => {
  const running = await runCloud();
  addRoute(running.cloud.app, {
    method: 'get',
    path: '/v1/planted/{division}',
    summary: 'A record of a division.',
    callers: ['officer', 'operator'],
    answer: z.strictObject({ areas: z.array(z.string()).nullable() }),
    handler: (c) => {
      mustReach(c, c.req.param('division') ?? '');
      return c.json({ areas: areasOf(c) ?? null });
    },
  });
  addRoute(running.cloud.app, {
    method: 'get',
    path: '/v1/planted-officer',
    summary: 'Of officers alone.',
    callers: ['officer', 'operator'],
    answer: z.strictObject({ id: z.string() }),
    handler: (c) => c.json({ id: officerOf(c).id }),
  });
  const { browser, id } = await staffMember(running, 'officer', ['330106', '330200']);
  for (const [division, status] of [
    ['330106', 200],
    ['330106002', 200],
    ['330206001004', 200],
    ['330100', 404],
    ['330107', 404],
    ['340100', 404],
    ['x', 404],
  ] as const) {
    const response = await browser.send('GET', `/v1/planted/${division}`);
    expect([division, response.status]).toEqual([division, status]);
  }
  expect(await (await browser.send('GET', '/v1/planted-officer')).json()).toEqual({ id });
  const { operator } = running.tokens;
  expect((await running.call(operator, 'GET', '/v1/planted/340100')).status).toBe(200);
  expect((await running.call(operator, 'GET', '/v1/planted-officer')).status).toBe(403);
});

test('a division covers itself and what lies in it, and nothing beside it', () => {
  const digits = (n: number) => fc.stringMatching(new RegExp(`^[1-9]{${n}}$`));
  fc.assert(
    fc.property(digits(2), digits(2), digits(2), digits(3), digits(3), (p, c, d, t, v) => {
      const chain = [`${p}0000`, `${p}${c}00`, p + c + d, p + c + d + t, p + c + d + t + v];
      for (const [i, area] of chain.entries()) {
        for (const [j, division] of chain.entries()) {
          expect(coversDivision(area, division)).toBe(i <= j);
        }
      }
      const sister = d === '11' ? '12' : '11';
      expect(coversDivision(p + c + d, p + c + sister)).toBe(false);
    }),
  );
  expect(coversDivision('', '330106')).toBe(false);
  expect(coversDivision('000000', '330106')).toBe(false);
});
