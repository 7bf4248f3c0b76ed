import type { PassageBatch } from '@greengate/contracts/wire/passage';
import { passageBatchSchema } from '@greengate/contracts/wire/passage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryDelayMsMax, retryDelayMsMin } from '../../src/limits.ts';
import type { CloudLink, Journal } from '../../src/ports.ts';
import { openJournalStore } from '../../src/store/journal-store.ts';
import { retryDelayMs } from '../../src/sync/backoff.ts';
import { pushOnce } from '../../src/sync/push.ts';
import { crypto } from '../fixtures/codes.ts';
import { intent } from '../fixtures/drafts.ts';
import {
  BAD_ANSWERS,
  bytes,
  type Handler,
  httpCloud,
  json,
  linkTo,
} from '../fixtures/http-cloud.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

/** A real journal with `count` events, as the port that the outbox sees. */
function outbox(count: number) {
  const store = openJournalStore(tempFile('journal.db'), crypto.sha256);
  store.append(Array.from({ length: count }, (_, i) => intent(i + 1)));
  const journal: Journal = {
    append: (draft) => Promise.resolve(store.append([draft])[0] ?? { epoch: 0, seq: 0 }),
    pending: (limit) => Promise.resolve(store.pending(limit)),
    acknowledge: (position) => Promise.resolve(store.acknowledge(position)),
    beginAgain: (epoch) => Promise.resolve(store.beginAgain(epoch)),
    state: () => Promise.resolve(store.state()),
  };
  return { store, journal, first: () => store.pending(1).events[0]?.seq };
}

const batchOf = (body: Buffer): PassageBatch =>
  passageBatchSchema.parse(JSON.parse(body.toString()));

/** The real link, with the outbox's own bounds cut so that a test need not wait for them. */
function impatient(link: CloudLink, timeoutMs?: number): CloudLink {
  return timeoutMs === undefined
    ? link
    : { ...link, post: (path, body, bounds) => link.post(path, body, { ...bounds, timeoutMs }) };
}

const problem = (status: number, code: string, more: object = {}) =>
  json(status, { type: 'about:blank', title: 'x', status, code, ...more });

describe('a push', () => {
  test('sends the oldest events of one epoch, numbered from `from`, and moves the cursor by the answer', async () => {
    const { journal, store, first } = outbox(5);
    const cloud = await httpCloud((seen, response) => {
      const { from, events } = batchOf(seen.body);
      json(200, { acked: from + events.length - 1 })(seen, response);
    });
    const ports = { link: linkTo(cloud.origin), journal };
    expect(await pushOnce(ports, 3)).toEqual({ kind: 'acknowledged', sent: 3 });
    expect(cloud.seen[0]).toMatchObject({ method: 'POST', url: '/v1/passages' });
    expect(batchOf(cloud.seen[0]?.body ?? Buffer.alloc(0))).toMatchObject({ epoch: 1, from: 1 });
    expect(first()).toBe(4);
    expect(await pushOnce(ports)).toEqual({ kind: 'acknowledged', sent: 2 });
    expect(await pushOnce(ports)).toEqual({ kind: 'acknowledged', sent: 0 });
    expect(cloud.seen).toHaveLength(2);
    expect(store.state().pending).toBe(0);
  });

  const answers: [string, Handler, number | undefined][] = [
    ['all of it', json(200, { acked: 5 }), undefined],
    ['a part of it', json(200, { acked: 3 }), 4],
    // What the cloud holds of a push whose answer was lost.
    ['more than was sent: no further than what was', json(200, { acked: 99 }), undefined],
    ['less than was sent: no move', json(200, { acked: 0 }), 1],
    ['a negative number', json(200, { acked: -1 }), 1],
    ['a fraction', json(200, { acked: 2.5 }), 1],
    ['a number as text', json(200, { acked: '5' }), 1],
    ['more fields than agreed', json(200, { acked: 5, open: 'all' }), 1],
    ['an acknowledgement that is no 200', json(202, { acked: 5 }), 1],
    ['JSON of another shape', json(200, []), 1],
    ['null', json(200, null), 1],
    ['T20 a prototype', bytes(200, '{"__proto__":{"acked":5}}'), 1],
    ['not UTF-8', bytes(200, Buffer.from('{"acked":5,"x":"\xff"}', 'latin1')), 1],
    ['a conflict: "passages-conflict"', problem(409, 'passages-conflict'), 1],
    ['a revoked gateway: "gateway-revoked"', problem(403, 'gateway-revoked'), 1],
  ];

  test.for(answers)('finding 8: %s', async ([, answer, next]) => {
    const { journal, first } = outbox(5);
    const cloud = await httpCloud(answer);
    await pushOnce({ link: linkTo(cloud.origin), journal });
    expect(first()).toBe(next);
  });

  test('F16: after a gap all that is kept is sent again, "passages-gap", then from where the cloud says', async () => {
    const { journal, store, first } = outbox(9);
    store.acknowledge({ epoch: 1, seq: 6 });
    const cloud = await httpCloud(problem(409, 'passages-gap', { gap: 3, acked: 2 }));
    const ports = { link: linkTo(cloud.origin), journal };
    expect(await pushOnce(ports)).toEqual({ kind: 'gap' });
    expect(first()).toBe(1);
    store.acknowledge({ epoch: 1, seq: 6 });
    expect(await pushOnce(ports, 9, true)).toEqual({ kind: 'gap' });
    expect(first()).toBe(3);
    for (const acked of [3, 5, 9, 100]) {
      cloud.answer = problem(409, 'passages-gap', { gap: acked + 1, acked });
      expect(await pushOnce(ports)).toEqual({ kind: 'failed', why: 'http-409' });
      expect(first()).toBe(3);
    }
    cloud.answer = problem(409, 'passages-gap', { gap: 0, acked: -1 });
    expect(await pushOnce(ports)).toMatchObject({ kind: 'failed' });
    expect(first()).toBe(3);
  });

  test('P15 finding 8 F7: no bad answer of any kind moves the cursor', async () => {
    const { journal, first } = outbox(5);
    const cloud = await httpCloud();
    const link = linkTo(cloud.origin);
    for (const { name, answer, why, timeoutMs } of BAD_ANSWERS) {
      cloud.answer = answer;
      const result = await pushOnce({ link: impatient(link, timeoutMs), journal });
      expect(result.kind, name).toBe('failed');
      if (result.kind === 'failed') expect(result.why, name).toMatch(why);
      expect(first(), name).toBe(1);
    }
    cloud.answer = json(200, { acked: 5 });
    expect(await pushOnce({ link, journal })).toEqual({ kind: 'acknowledged', sent: 5 });
  });
});

describe('F6 F15: how long to wait', () => {
  test('between half the shortest and the longest, whatever the failures', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, unit) => {
          const ms = retryDelayMs(failures, unit);
          expect(ms).toBeGreaterThanOrEqual(retryDelayMsMin / 2);
          expect(ms).toBeLessThanOrEqual(retryDelayMsMax);
          expect(Number.isInteger(ms)).toBe(true);
        },
      ),
    );
  });

  test('the ceiling doubles with each failure up to the longest, and all below it is used', () => {
    const ceilings = [0, 1, 2, 3, 4, 5, 50].map((failures) => retryDelayMs(failures, 0.9999999));
    expect(ceilings).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(retryDelayMs(50, 0)).toBe(250);
  });
});
