import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Segment } from '@greengate/contracts/replica/segment';
import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { describe, expect, test } from 'vitest';
import { keyFileSchema, keysOf } from '../src/keys.ts';
import { liveLinesPerGatewayCountMax } from '../src/limits.ts';
import { newGatewayKey } from './gateway-client.ts';
import { type Follower, followLive } from './live-client.ts';
import {
  codeOf,
  HEALTHY,
  newPerson,
  REGION,
  type RunningCloud,
  runCloud,
} from './running-cloud.ts';
import { type SpawnedCloud, spawnable, spawnCloud } from './spawned-cloud.ts';

const STREAM = regionStream(REGION);
const from = (stream: StreamName, after: number, epoch = 1) => ({ stream, epoch, after });

async function declareNew({ call, newHolder }: RunningCloud): Promise<void> {
  await call(await newHolder(), 'POST', '/v1/declarations', HEALTHY);
}

const reached = (stream: StreamName, version: number) => (segments: readonly Segment[]) =>
  segments.some((one) => one.stream === stream && one.to >= version);

/** Each change past `after` exactly once and in order: no gap, no duplicate. */
function expectWhole(segments: readonly Segment[], stream: StreamName, after: number): number {
  let at = after;
  for (const one of segments.filter((segment) => segment.stream === stream)) {
    expect(one.from).toBe(at);
    at = one.to;
  }
  return at;
}

describe('a live line', () => {
  test('carries what is missing, then each change as it comes, the same bytes to all', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const late = await followLive(running, key, [from(CONTROL, 0), from(RED, 0), from(STREAM, 0)]);
    expect(late.status).toBe(200);
    expect(late.head).toContain('content-type: text/event-stream');
    expect(late.head).toContain('x-accel-buffering: no');
    expect(late.head).toContain('x-content-type-options: nosniff');
    await late.until(reached(CONTROL, 2));
    const caughtUp = await followLive(running, key, [from(STREAM, 0)]);
    await declareNew(running);
    await Promise.all([late, caughtUp].map((one) => one.until(reached(STREAM, 1))));
    const [a, b] = [late, caughtUp].map((one) => one.segments.filter((s) => s.stream === STREAM));
    expect(a).toEqual(b);
    expect(a).toMatchObject([{ level: 'tail', from: 0, to: 1, head: 1, kind: 'status' }]);
    const behind = await followLive(running, key, [from(STREAM, 0)]);
    await behind.until(reached(STREAM, 1));
    expect(behind.segments[0]).toEqual(a?.[0]);
  });

  test('P62 neither misses nor doubles a change, however commits and connects cross', async () => {
    const running = await runCloud();
    const keys = await Promise.all(
      Array.from({ length: 6 }, (_, i) => running.enrol(`gate-${i + 1}`)),
    );
    const holders = await Promise.all(Array.from({ length: 12 }, () => running.newHolder()));
    let published = 0;
    const commits = holders.map(async (holder) => {
      await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
      published += 1;
    });
    // Everybody connects while commits go on, from wherever the stream is at that moment.
    const lines = await Promise.all(
      keys.map(async (key, i) => {
        while (published < 2 * i) await sleep(1);
        const { head } = await running.store.stream(STREAM);
        return { after: head, line: await followLive(running, key, [from(STREAM, head)]) };
      }),
    );
    await Promise.all(commits);
    await Promise.all(
      lines.map(({ line, after }) => after === 12 || line.until(reached(STREAM, 12))),
    );
    for (const { line, after } of lines) {
      expect(expectWhole(line.segments, STREAM, after)).toBe(12);
      const vers = line.segments.flatMap((one) =>
        one.kind === 'status' ? one.entries.map(({ ver }) => ver) : [],
      );
      expect(new Set(vers).size).toBe(vers.length);
      expect(vers).toHaveLength(12 - after);
    }
  });

  test('refuses before it begins: another epoch, past the head, unknown streams, nonsense', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const refusals = [
      ['red.2.0', 410, 'epoch-changed'],
      ['red.1.7', 409, 'segment-gap'],
      ['red.1.0,region/110000.1.0', 404, 'not-found'],
      ['red.1', 400, 'request-invalid'],
      ['red.1.0&x=1', 400, 'request-invalid'],
    ] as const;
    for (const [at, status, code] of refusals) {
      const response = await running.signed(key, 'GET', `/v1/replica/live?at=${at}`);
      expect([at, response.status, await codeOf(response)]).toEqual([at, status, code]);
    }
    const holder = await running.newHolder();
    expect((await running.call(holder, 'GET', '/v1/replica/live?at=red.1.0')).status).toBe(403);
    expect((await fetch(`${running.url}/v1/replica/live?at=red.1.0`)).status).toBe(401);
  });

  test('ends where a stream gets a new epoch', async () => {
    const running = await runCloud();
    const line = await followLive(running, await running.enrol(), [from(RED, 0), from(STREAM, 0)]);
    await running.store.beginEpoch([RED], 500);
    await running.cloud.replicator.look();
    expect(await line.ended).toBe('epoch-changed');
  });

  test('hears of what another process published when this one looks', async () => {
    const running = await runCloud();
    const line = await followLive(running, await running.enrol(), [from(CONTROL, 2)]);
    await running.store.putDocument('admission-policy', (newest) =>
      newest === undefined ? undefined : { ...newest, version: 9 },
    );
    await running.cloud.replicator.look();
    await line.until(reached(CONTROL, 3));
    expect(expectWhole(line.segments, CONTROL, 2)).toBe(3);
  });

  test('a gateway has a few, and one that goes away gives its place back', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const lines: Follower[] = [];
    for (let i = 0; i < liveLinesPerGatewayCountMax; i++) {
      lines.push(await followLive(running, key, [from(RED, 0)]));
    }
    const refused = await running.signed(key, 'GET', '/v1/replica/live?at=red.1.0');
    expect([refused.status, await codeOf(refused)]).toEqual([503, 'overloaded']);
    lines[0]?.close();
    for (let tries = 0; tries < 50; tries++) {
      const again = await followLive(running, key, [from(RED, 0)]);
      if (again.status === 200) return;
      await sleep(20);
    }
    expect.unreachable('the place never came back');
  });
});

describe('a cloud of its own', () => {
  async function enrolled() {
    const made = spawnable();
    const file = keyFileSchema.parse(JSON.parse(readFileSync(made.env.GREENGATE_KEYS, 'utf8')));
    const keys = keysOf(file);
    const cloud = await spawnCloud(made.env);
    const key = newGatewayKey();
    const post = (url: string, path: string, body: unknown, token = made.token) =>
      fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const gateway = { gateway: 'gate-1', station: 'hangzhou-east', publicKey: key.publicKey };
    expect((await post(cloud.url, '/v1/gateways', gateway)).status).toBe(200);
    const follow = ({ url }: SpawnedCloud, after: number) =>
      followLive({ url, keys, clock: Date }, key, [from(STREAM, after)]);
    const declare = async ({ url }: SpawnedCloud) => {
      const answer = await post(url, '/v1/holders', newPerson());
      const made = (await answer.json()) as { token: string };
      expect((await post(url, '/v1/declarations', HEALTHY, made.token)).status).toBe(200);
    };
    return { env: made.env, cloud, follow, declare };
  }

  test('says on SIGTERM that it stops, and is gone soon though lines were open', async () => {
    const { cloud, follow } = await enrolled();
    const line = await follow(cloud, 0);
    cloud.child.kill('SIGTERM');
    expect(await line.ended).toBe('draining');
    expect(await cloud.ended).toBe(0);
  });

  test('killed and started again, goes on where the line broke off', async () => {
    const { env, cloud, follow, declare } = await enrolled();
    const line = await follow(cloud, 0);
    await declare(cloud);
    await line.until(reached(STREAM, 1));
    cloud.child.kill('SIGKILL');
    expect(await line.ended).toBeUndefined();
    const next = await spawnCloud(env);
    await declare(next);
    const again = await follow(next, 1);
    await again.until(reached(STREAM, 2));
    expect(expectWhole(again.segments, STREAM, 1)).toBe(2);
  });
});
