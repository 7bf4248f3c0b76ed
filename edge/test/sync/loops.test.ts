import { CONTROL } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import type { PassageBatch } from '@greengate/contracts/wire/passage';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { pushEventsCountMax, pushGatherMs, retryDelayMsMax } from '../../src/limits.ts';
import type { CloudAnswer, CloudLink, Journal, ReplicaWriter } from '../../src/ports.ts';
import { openJournalStore } from '../../src/store/journal-store.ts';
import { createCloudState } from '../../src/sync/cloud-state.ts';
import { startSync } from '../../src/sync/loops.ts';
import { crypto, NOW, rootKey } from '../fixtures/codes.ts';
import { intent } from '../fixtures/drafts.ts';
import { memoryLog } from '../fixtures/memory-log.ts';
import {
  manifest,
  must,
  NOT_CHECKED,
  noPause,
  openStore,
  provision,
  REGION,
  statusSegment,
} from '../fixtures/replica.ts';
import { seeded } from '../fixtures/seeded.ts';
import { tempFile } from '../fixtures/temp-folder.ts';
import { settle, virtualTime } from '../fixtures/virtual-time.ts';

type Answer = CloudAnswer | 'hang';

const answerOf = (status: number, body: Uint8Array | string = ''): CloudAnswer => ({
  kind: 'answer',
  status,
  body: Buffer.from(body),
});
const down: CloudAnswer = { kind: 'failed', why: 'ECONNREFUSED' };

async function syncing(
  pull: (path: string, n: number) => Answer,
  push: (batch: PassageBatch, n: number) => CloudAnswer | Promise<CloudAnswer>,
  events = 0,
) {
  const time = virtualTime(NOW);
  const store = openStore(tempFile('replica.db'));
  await provision(store);
  const journalStore = openJournalStore(tempFile('journal.db'), crypto.sha256);
  if (events > 0) journalStore.append(Array.from({ length: events }, (_, i) => intent(i + 1)));
  onTestFinished(() => {
    store.close();
    journalStore.close();
  });
  const journal: Journal = {
    append: (draft) => Promise.resolve(journalStore.append([draft])[0] ?? { epoch: 0, seq: 0 }),
    pending: (limit) => Promise.resolve(journalStore.pending(limit)),
    acknowledge: (position) => Promise.resolve(journalStore.acknowledge(position)),
    beginAgain: (epoch) => Promise.resolve(journalStore.beginAgain(epoch)),
    state: () => Promise.resolve(journalStore.state()),
  };
  const replica: ReplicaWriter = {
    mark: (stream) => Promise.resolve(store.mark(stream)),
    offerManifest: (stream, body) => Promise.resolve(store.offerManifest(stream, body)),
    offerSegment: (stream, body, hash) => store.offerSegment(stream, body, hash, noPause),
    ...NOT_CHECKED,
  };
  const gets: { path: string; at: number }[] = [];
  const posts: { batch: PassageBatch; at: number }[] = [];
  const since = () => time.clock.now() - NOW;
  const link: CloudLink = {
    get: (path) => {
      gets.push({ path, at: since() });
      const answer = pull(path, gets.length);
      return answer === 'hang' ? new Promise(() => undefined) : Promise.resolve(answer);
    },
    post: (_, batch) => {
      posts.push({ batch: batch as PassageBatch, at: since() });
      return Promise.resolve(push(batch as PassageBatch, posts.length));
    },
  };
  const log = memoryLog();
  const onChange = vi.fn();
  const cloud = createCloudState(onChange);
  const sync = startSync(
    {
      link,
      replica,
      journal,
      timers: time.timers,
      random: seeded(3),
      log,
      cloud,
      onVerified: () => undefined,
      onTrouble: () => undefined,
    },
    [REGION],
  );
  onTestFinished(() => sync.stop());
  return { time, sync, gets, posts, log, cloud, onChange, journalStore, store };
}

const taken = ({ from, events }: PassageBatch) =>
  answerOf(200, JSON.stringify({ acked: from + events.length - 1 }));

describe('P16 finding 8 F6: a loop never ends by an answer', () => {
  test.for([
    ['a refused connection', down],
    ['401', answerOf(401)],
    ['403', answerOf(403)],
    ['404', answerOf(404)],
    ['410', answerOf(410)],
    ['500', answerOf(500)],
    ['HTML', answerOf(200, '<html></html>')],
  ] as const)(
    '%s: both go on for an hour, never faster nor slower than allowed',
    async ([, bad]) => {
      const s = await syncing(
        () => bad,
        () => bad,
        3,
      );
      await s.time.advance(3_600_000);
      for (const times of [s.gets.map((get) => get.at), s.posts.map((post) => post.at)]) {
        const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(retryDelayMsMax);
        expect(times.at(-1)).toBeGreaterThan(3_600_000 - retryDelayMsMax - 1);
        expect(new Set(gaps).size).toBeGreaterThan(gaps.length / 3);
      }
      expect(s.cloud.reachable).toBe(false);
      expect(s.cloud.lastError).toBeTruthy();
      expect(s.journalStore.state().pending).toBe(3);
      expect(new Set(s.log.events())).toEqual(new Set(['pull-failed', 'push-failed']));
    },
  );

  test('F19: a bug in what the replica or the journal does is a failed round', async () => {
    const s = await syncing(
      () => down,
      () => down,
    );
    s.journalStore.pending = () => {
      throw new Error('disk');
    };
    await s.time.advance(30_000);
    expect(s.log.lines.some((line) => line.includes('"why":"disk"'))).toBe(true);
    expect(s.gets.length).toBeGreaterThan(2);
  });
});

describe('pulling', () => {
  test('after a failure the manifest comes first, after a success the tail alone', async () => {
    const parts = (paths: readonly { path: string }[]) =>
      paths.map(({ path }) => path.split('/')[3]);
    const s = await syncing(
      (path, n) => {
        if (n === 4) return down;
        if (path.includes('manifest')) return answerOf(200, manifest(REGION));
        return answerOf(200, statusSegment(REGION, { to: 0, signedAt: epochMs(NOW + n) }, []));
      },
      () => down,
    );
    await s.time.advance(700);
    expect(parts(s.gets).slice(0, 7)).toEqual([
      'manifest',
      'tail',
      'tail',
      'tail',
      'manifest',
      'tail',
      'tail',
    ]);
    expect(s.onChange.mock.calls).toEqual([
      [true, ''],
      [false, 'ECONNREFUSED'],
      [true, ''],
    ]);
  });

  test('a cloud or a cache that answers each tail at once is not asked without a pause', async () => {
    const s = await syncing(
      (path) =>
        path.includes('manifest')
          ? answerOf(200, manifest(REGION))
          : answerOf(200, statusSegment(REGION, { to: 0 }, [])),
      () => down,
    );
    await s.time.advance(10_000);
    expect(s.gets.length).toBeGreaterThan(100);
    expect(s.gets.length).toBeLessThan(210);
  });
});

describe('pushing', () => {
  test('drains in full batches, then waits to be woken', async () => {
    const count = 2 * pushEventsCountMax + 7;
    const s = await syncing(() => 'hang', taken, count);
    await s.time.advance(500);
    expect(s.posts.map((post) => post.batch.events.length)).toEqual([
      pushEventsCountMax,
      pushEventsCountMax,
      7,
    ]);
    expect(s.journalStore.state().pending).toBe(0);
    const idleSince = s.posts.length;
    s.journalStore.append([intent(9000)]);
    s.sync.wake();
    await s.time.advance(2 * pushGatherMs);
    expect(s.posts.length).toBe(idleSince + 1);
  });

  test('an event that nobody woke it for goes within a second', async () => {
    const s = await syncing(() => 'hang', taken);
    await s.time.advance(5000);
    s.journalStore.append([intent(1)]);
    await s.time.advance(1100);
    expect(s.journalStore.state().pending).toBe(0);
  });

  test('F8: an answer that was lost after the commit costs nothing but a repetition', async () => {
    let held = 0;
    const s = await syncing(
      () => 'hang',
      (batch, n) => {
        held = Math.max(held, batch.from + batch.events.length - 1);
        return n % 2 === 1 ? down : answerOf(200, JSON.stringify({ acked: held }));
      },
      10,
    );
    await s.time.advance(20_000);
    expect(s.journalStore.state().pending).toBe(0);
    expect(held).toBe(10);
  });

  test('F16: a cloud that was restored is sent again what is kept, though it sees no gap', async () => {
    const s = await syncing(() => 'hang', taken, 3);
    await s.time.advance(3000);
    expect(s.posts.map(({ batch }) => batch.from)).toEqual([1]);
    must(s.store.offerManifest(CONTROL, manifest(CONTROL, { epoch: 500, head: 2 }, rootKey)));
    await s.time.advance(5000);
    expect(s.posts.map(({ batch }) => [batch.from, batch.events.length])).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test('one bad event cannot hold the others for ever: refused batches shrink to one', async () => {
    const poison = 5;
    const s = await syncing(
      () => 'hang',
      (batch) => {
        const seqs = batch.events.map((event) => event.seq);
        // This cloud refuses a batch with the poison, and takes the poison alone into its dead letters.
        return seqs.includes(poison) && seqs.length > 1 ? answerOf(500) : taken(batch);
      },
      10,
    );
    await s.time.advance(60_000);
    expect(s.journalStore.state().pending).toBe(0);
    expect(s.posts.some((post) => post.batch.events.length === 1)).toBe(true);
  });
});

describe('stop', () => {
  test('ends every loop, also while they rest', async () => {
    const s = await syncing(
      () => down,
      () => down,
      1,
    );
    await s.time.advance(1000);
    s.sync.stop();
    await settle();
    const asked = s.gets.length + s.posts.length;
    await s.time.advance(600_000);
    expect(s.gets.length + s.posts.length).toBe(asked);
    expect(s.time.waiting).toBe(0);
  });

  test('ends a loop whose request is under way, when its answer comes', async () => {
    let answer: (got: CloudAnswer) => void = () => undefined;
    const s = await syncing(
      () => 'hang',
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      1,
    );
    await settle();
    expect(s.posts).toHaveLength(1);
    s.sync.stop();
    answer(answerOf(500));
    await s.time.advance(600_000);
    expect(s.posts).toHaveLength(1);
    expect(s.log.events()).toEqual([]);
  });
});

describe('what the panel is told of the cloud', () => {
  test('each change once, with its reason', () => {
    const onChange = vi.fn();
    const cloud = createCloudState(onChange);
    expect([cloud.reachable, cloud.lastError]).toEqual([false, null]);
    cloud.failed('timeout');
    cloud.ok();
    cloud.ok();
    cloud.failed('http-503');
    cloud.failed('manifest-older');
    expect([cloud.reachable, cloud.lastError]).toEqual([false, 'manifest-older']);
    cloud.ok();
    expect(cloud.lastError).toBeNull();
    expect(onChange.mock.calls).toEqual([
      [true, ''],
      [false, 'http-503'],
      [true, ''],
    ]);
  });
});
