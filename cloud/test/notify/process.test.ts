import { expect, test } from 'vitest';
import { HEALTHY, newPerson, REGION } from '../running-cloud.ts';
import { type SpawnedCloud, spawnable, spawnCloud } from '../spawned-cloud.ts';
import { mailServer } from './mail-server.ts';
import { receiver } from './receiver.ts';

function caller({ url }: SpawnedCloud) {
  return async (token: string, method: string, path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(await response.text());
    return response.json();
  };
}

async function turnRed(cloud: SpawnedCloud, operator: string): Promise<void> {
  const call = caller(cloud);
  const person = newPerson();
  const { token } = (await call(operator, 'POST', '/v1/holders', person)) as { token: string };
  await call(token, 'POST', '/v1/declarations', HEALTHY);
  const entries = [{ idNumber: person.idNumber, since: '2022-02-28' }];
  await call(operator, 'POST', '/v1/lists/confirmed', { entries });
}

test('the built cloud sends what is due by itself, and one that is stopped leaves it to the next', {
  timeout: 60_000,
}, async () => {
  const { port, recipients } = await mailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  // The first request hangs until the cloud goes away; the next finds somebody who answers.
  const { url, received } = await receiver((count, _in, out) => {
    if (count > 1) out.writeHead(204).end();
  });
  const { env: least, token } = spawnable();
  const env = {
    ...least,
    GREENGATE_NOTICE_NETWORKS: '127.0.0.0/8',
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    GREENGATE_MAIL_FROM: 'greengate@example.org',
  };
  const cloud = await spawnCloud(env);
  const put = (target: string, to: string, delivery: object) =>
    caller(cloud)(token, 'PUT', '/v1/notice-targets', {
      ...{ target, scope: { to, division: REGION }, delivery },
    });
  await put('office', 'community', { channel: 'webhook', url });
  await put('cdc', 'disease-control', { channel: 'mail', mail: 'cdc@example.org' });
  await turnRed(cloud, token);
  await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1);
  cloud.child.kill('SIGTERM');
  expect(await cloud.ended).toBe(0);
  const next = await spawnCloud(env);
  await expect.poll(() => received.length, { timeout: 20_000 }).toBe(2);
  await expect.poll(() => recipients, { timeout: 20_000 }).toEqual(['cdc@example.org']);
  const [first, second] = received;
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  expect(second?.body).toBe(first?.body);
  next.child.kill('SIGTERM');
  expect(await next.ended).toBe(0);
});
