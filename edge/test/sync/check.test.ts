import { CONTROL, RED } from '@greengate/contracts/replica/streams';
import { ok, refuse } from '@greengate/contracts/result';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  checkAgainMs,
  checkAskAgainMs,
  checkEveryMs,
  checkFirstMsMax,
  checkLookMs,
  checkSoonMsMax,
} from '../../src/limits.ts';
import type { CloudAnswer, DigestsRead, WrongBuckets } from '../../src/ports.ts';
import { type CheckPorts, startChecking } from '../../src/sync/check.ts';
import { NOW } from '../fixtures/codes.ts';
import { memoryLog } from '../fixtures/memory-log.ts';
import { REGION } from '../fixtures/replica.ts';
import { virtualTime } from '../fixtures/virtual-time.ts';

const there: CloudAnswer = { kind: 'answer', status: 200, body: new Uint8Array(1) };
const status = (code: number): CloudAnswer => ({
  kind: 'answer',
  status: code,
  body: new Uint8Array(0),
});

/** A cloud and a replica that answer by these; the last answer is given again and again. */
function checking(script: {
  reads?: DigestsRead[];
  answers?: CloudAnswer[];
  wrong?: WrongBuckets[];
  put?: ReturnType<CheckPorts['replica']['offerBucket']>;
  streams?: Parameters<typeof startChecking>[1];
}) {
  const time = virtualTime(NOW);
  const log = memoryLog();
  const asked: string[] = [];
  const diverged: string[] = [];
  const damaged: string[] = [];
  const seen = { unknowns: 0 };
  const next = <T>(all: T[] | undefined, otherwise: T): T => {
    const [first, ...rest] = all ?? [];
    if (all && rest.length > 0) all.shift();
    return first ?? otherwise;
  };
  const ports: CheckPorts = {
    ...time,
    log,
    random: { hex: () => '', unit: () => 0.5 },
    link: {
      get: async (path) => {
        asked.push(path);
        return next(script.answers, there);
      },
      post: () => Promise.reject(new Error('not asked for')),
    },
    replica: {
      readDigests: async () => ok(next(script.reads, { epoch: 3, ver: 9 })),
      offerDigests: async () => ok(next(script.wrong, { ver: 9, buckets: [] })),
      offerBucket: () => script.put ?? Promise.resolve(ok(undefined)),
    },
    unknowns: () => seen.unknowns,
    onDamaged: (stream) => damaged.push(stream),
    onDiverged: (stream, buckets) => diverged.push(`${stream} ${buckets}`),
  };
  const check = startChecking(ports, script.streams ?? [REGION]);
  onTestFinished(check.stop);
  const toFirst = () => time.advance(checkFirstMsMax / 2 + 2 * checkLookMs);
  return { time, log, asked, diverged, damaged, seen, check, toFirst };
}

const DIGESTS = `/v1/replica/digests/${encodeURIComponent(REGION)}/3/9`;
const bucketPath = (ver: number, bucket: number) =>
  `/v1/replica/bucket/${encodeURIComponent(REGION)}/3/${ver}/${bucket}`;

describe('the check against the cloud', () => {
  test('comes within the first hour, then daily, and asks for the version that was read', async () => {
    const c = checking({ streams: [CONTROL, RED, REGION] });
    await c.time.advance(checkFirstMsMax / 2 - checkLookMs);
    expect(c.asked).toEqual([]);
    await c.time.advance(3 * checkLookMs);
    expect(c.asked).toEqual(['/v1/replica/digests/red/3/9', DIGESTS]);
    expect(c.check.state()).toMatchObject({ wrong: 0, mended: 0 });
    expect(c.check.state().checkedAt).toBeGreaterThan(NOW);
    await c.time.advance(checkEveryMs - 5 * checkLookMs);
    expect(c.asked).toHaveLength(2);
    await c.time.advance(10 * checkLookMs);
    expect(c.asked).toHaveLength(4);
    c.check.stop();
    await c.time.advance(3 * checkEveryMs);
    expect(c.asked).toHaveLength(4);
  });

  test('comes soon after a lane met what is unknown, or something else was wrong', async () => {
    const c = checking({});
    await c.toFirst();
    c.seen.unknowns = 4;
    await c.time.advance(checkSoonMsMax);
    expect(c.asked).toHaveLength(2);
    await c.time.advance(checkSoonMsMax * 3);
    expect(c.asked).toHaveLength(2);
    c.check.soon();
    await c.time.advance(checkSoonMsMax);
    expect(c.asked).toHaveLength(3);
  });

  test('waits for checksums that are being made; a version that is gone is left, and read anew later', async () => {
    const c = checking({ answers: [status(503), status(429), status(409), there] });
    await c.toFirst();
    expect(c.asked).toHaveLength(1);
    await c.time.advance(2 * checkAskAgainMs + checkLookMs);
    expect(c.asked).toEqual([DIGESTS, DIGESTS, DIGESTS]);
    expect(c.check.state().checkedAt).toBeNull();
    await c.time.advance(checkAgainMs + 3 * checkLookMs);
    expect(c.asked).toHaveLength(4);
    expect(c.check.state().checkedAt).not.toBeNull();
  });

  test('does nothing while the stream is behind', async () => {
    const c = checking({ reads: ['behind', 'behind', 'reading', { epoch: 3, ver: 9 }] });
    await c.toFirst();
    await c.time.advance(checkAgainMs + 2 * checkLookMs);
    expect(c.asked).toEqual([]);
    await c.time.advance(checkAgainMs + 2 * checkLookMs);
    expect(c.asked).toEqual([DIGESTS]);
  });

  test('tells what differs, fetches it until it is there, and looks again', async () => {
    const failures = Array.from(
      { length: 6 },
      (_, i): CloudAnswer => (i % 2 === 0 ? status(500) : { kind: 'failed', why: 'ECONNREFUSED' }),
    );
    const c = checking({
      wrong: [
        { ver: 11, buckets: [4, 200] },
        { ver: 11, buckets: [] },
      ],
      answers: [there, ...failures, there],
    });
    await c.toFirst();
    expect(c.diverged).toEqual([`${REGION} 2`]);
    expect(c.check.state()).toMatchObject({ wrong: 2, mended: 0 });
    await c.time.advance(60_000);
    expect(c.asked.slice(1)).toEqual(
      [4, 4, 4, 4, 4, 4, 4, 200].map((bucket) => bucketPath(11, bucket)),
    );
    expect(c.check.state()).toEqual({ checkedAt: null, wrong: 0, mended: 2 });
    expect(c.log.events()).toContain('replica-mended');
    await c.time.advance(checkAgainMs);
    expect(c.check.state().checkedAt).not.toBeNull();
    expect(c.diverged).toHaveLength(1);
  });

  test('begins anew at once where a bucket is no longer to be had', async () => {
    const c = checking({
      wrong: [
        { ver: 9, buckets: [7] },
        { ver: 10, buckets: [7] },
        { ver: 10, buckets: [] },
      ],
      answers: [there, status(409), there],
    });
    await c.toFirst();
    await c.time.advance(3 * checkLookMs);
    expect(c.asked).toEqual([DIGESTS, bucketPath(9, 7), DIGESTS, bucketPath(10, 7)]);
    expect(c.check.state()).toMatchObject({ wrong: 0, mended: 1 });
  });

  test('a damaged replica is told as that, and a refusal is logged by its code', async () => {
    const c = checking({
      wrong: [{ ver: 9, buckets: [7] }],
      put: Promise.resolve(refuse('replica-damaged')),
    });
    await c.toFirst();
    expect(c.damaged).toEqual([REGION]);
    expect(c.check.state().wrong).toBe(0);
    const d = checking({
      wrong: [{ ver: 9, buckets: [7] }],
      put: Promise.resolve(refuse('digests-mismatch')),
    });
    await d.toFirst();
    expect(d.check.state()).toMatchObject({ wrong: 1, mended: 0 });
    expect(d.log.lines[0]).toBe(
      `warn check-failed {"stream":"${REGION}","why":"digests-mismatch"}`,
    );
  });
});
