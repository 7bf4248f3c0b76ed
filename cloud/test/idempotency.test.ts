import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codeOf, HEALTHY, newPerson, type RunningCloud, runCloud, START } from './running-cloud.ts';

function keyed(running: RunningCloud, token: string, path: string, body: unknown, key: string) {
  return fetch(running.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
}

test('a write that is repeated with its key is done once and answered alike', async () => {
  const running = await runCloud();
  const { registrar } = running.tokens;
  const person = newPerson();
  const register = (key: string, body = person) =>
    keyed(running, registrar, '/v1/holders', body, key);
  const first = await register('registration-1');
  const said = await first.text();
  const again = await register('registration-1');
  expect([again.status, await again.text()]).toEqual([200, said]);
  expect([
    first.headers.get('idempotent-replayed'),
    again.headers.get('idempotent-replayed'),
  ]).toEqual([null, 'true']);
  expect(await codeOf(await register('registration-2'))).toBe('already-exists');
  expect(await codeOf(await register('registration-1', newPerson()))).toBe(
    'idempotency-key-reused',
  );
  expect(await codeOf(await register('short'))).toBe('request-invalid');
  const { token } = JSON.parse(said) as { token: string };
  expect(readFileSync(running.file).includes(token)).toBe(false);
  expect(readFileSync(`${running.file}-wal`).includes(token)).toBe(false);
});

test('keys are of their caller, refusals are repeated too, and a day later all is forgotten', async () => {
  const running = await runCloud();
  const [one, other] = [await running.newHolder(), await running.newHolder()];
  const declare = (token: string, body: unknown) =>
    keyed(running, token, '/v1/declarations', body, 'the-same-key');
  expect((await declare(one, HEALTHY)).status).toBe(200);
  expect(await codeOf(await declare(other, { no: 'declaration' }))).toBe('request-invalid');
  expect(await codeOf(await declare(other, { no: 'declaration' }))).toBe('request-invalid');
  expect(await codeOf(await declare(other, HEALTHY))).toBe('idempotency-key-reused');
  running.clock.set(START + 25 * 3_600_000);
  expect((await declare(other, HEALTHY)).status).toBe(200);
});

test('of many at once one is done, and the others are told so or get its answer', async () => {
  const running = await runCloud();
  const { registrar } = running.tokens;
  const person = newPerson();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      keyed(running, registrar, '/v1/holders', person, 'eight-at-once'),
    ),
  );
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  const done = new Set(bodies.filter((_, i) => answers[i]?.status === 200));
  expect(done.size).toBe(1);
  const rest = bodies.filter((_, i) => answers[i]?.status !== 200);
  for (const body of rest) expect(JSON.parse(body)).toMatchObject({ code: 'request-under-way' });
});
