import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Answered, askerOf } from '../src/identity/asking.ts';
import { compared } from '../src/identity/bench.ts';
import { nameOf } from '../src/identity/population.ts';

test('all that is compared is what came over the wire, but for the date', async () => {
  const addresses = new Set<unknown>();
  const sockets = new Set<unknown>();
  const bodies: string[] = [];
  const server = createServer((incoming, outgoing) => {
    addresses.add(incoming.headers['x-forwarded-for']);
    sockets.add(incoming.socket);
    incoming.on('data', (part: Buffer) => void bodies.push(part.toString()));
    incoming.on('end', () => {
      outgoing.setHeader('date', `now ${addresses.size}`);
      outgoing.setHeader('x-known', incoming.url === '/known' ? 'yes' : 'no');
      outgoing.writeHead(401).end('拒绝');
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const asker = askerOf((server.address() as AddressInfo).port);
  onTestFinished(() => {
    asker.close();
    server.close();
  });
  const ask = (path: string) => asker.ask({ method: 'POST', path, body: { username: 'a' } });
  const [one, again, other] = [await ask('/'), await ask('/'), await ask('/known')];
  expect(one).toMatchObject({ status: 401, body: '拒绝', cookies: [] });
  expect(one.seen).toMatch(/^401\nx-known: no\n/);
  expect(again.seen).toBe(one.seen);
  expect(other.seen).not.toBe(one.seen);
  expect(other.ms).toBeGreaterThan(0);
  expect([addresses.size, sockets.size, bodies]).toEqual([
    3,
    1,
    Array.from({ length: 3 }, () => '{"username":"a"}'),
  ]);
});

test('a difference of an answer, and one of the medians, is a target that is not reached', () => {
  const answers = (ms: number, seen = 'no'): Answered[] =>
    Array.from({ length: 9 }, (_, at) => ({
      status: 401,
      body: '',
      cookies: [],
      ms: ms + at,
      seen,
    }));
  const unmet = (known: Answered[]) =>
    compared(
      'r',
      new Map([
        ['unknown', answers(10)],
        ['known', known],
      ]),
    )
      .filter(({ met }) => met === false)
      .map(({ name, value }) => [name, value]);
  expect(unmet(answers(14))).toEqual([]);
  expect(unmet(answers(16))).toEqual([['r: known against unknown, medians', 6]]);
  expect(unmet(answers(4))).toEqual([['r: known against unknown, medians', 6]]);
  expect(unmet([...answers(10), ...answers(10, 'there is such a person')])).toEqual([
    ['r: answers beside the first', 1],
  ]);
});

test('a name tells by its length of nobody', () => {
  expect(nameOf('k', 1)).toHaveLength(nameOf('u', 999_999).length);
});
