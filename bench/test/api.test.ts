import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openConnections } from '../src/api/connections.ts';
import { closedLoad, judge, openLoad, type Sample, secondsUntilGood } from '../src/api/load.ts';
import { statusRequest } from '../src/api/requests.ts';

async function serving(status: (count: number) => number): Promise<number> {
  let count = 0;
  const server: Server = createServer((request, response) => {
    const code = request.url === '/healthz' ? 200 : status(count++);
    const headers = code === 429 ? { 'retry-after': '3' } : {};
    response.writeHead(code, { 'content-length': 8, ...headers }).end('too-busy');
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('an open load sends all it was to send and tells the answers apart', async () => {
  const connections = await openConnections(await serving((n) => [200, 429, 500][n % 3] ?? 0), 20);
  const samples = await openLoad(connections, () => statusRequest('t'), 300, 1);
  connections.close();
  expect(samples.length).toBe(300);
  const { shedPercent, gaveUpPercent, failed, servedPerSecond } = judge(samples, 1);
  expect(shedPercent).toBeCloseTo(100 / 3);
  expect([gaveUpPercent, failed, servedPerSecond]).toEqual([0, 100, 100]);
});

test('a closed load sends again what was refused', async () => {
  const connections = await openConnections(await serving((n) => (n % 2 === 0 ? 429 : 200)), 4);
  const all = (sent: number) => sent >= 50;
  const { bodies } = await closedLoad(connections, () => statusRequest('t'), 4, all);
  connections.close();
  expect(bodies.length).toBeGreaterThanOrEqual(50);
  expect(bodies.every((body) => body === 'too-busy')).toBe(true);
});

test('normal is reached when two seconds on end are good', () => {
  const samples = (bad: (at: number) => boolean): Sample[] =>
    Array.from({ length: 1000 }, (_, n) => ({
      at: n * 10,
      ms: 5,
      outcome: bad(n * 10) ? 'shed' : 'served',
    }));
  const isGood = ({ shedPercent }: { shedPercent: number }) => shedPercent === 0;
  expect(
    secondsUntilGood(
      samples(() => false),
      isGood,
    ),
  ).toBe(0);
  expect(
    secondsUntilGood(
      samples((at) => at < 1200),
      isGood,
    ),
  ).toBe(1.5);
  expect(
    secondsUntilGood(
      samples((at) => at % 1000 === 0),
      isGood,
    ),
  ).toBe(10);
});
