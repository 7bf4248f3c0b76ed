import { gatewayIdSchema, keyIdSchema, stationIdSchema } from '@greengate/contracts/ids';
import { RED, regionStream } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type { Decide, IncomingEvent, PseudonymRule, Store } from '../../src/ports.ts';
import { auditSuite } from './audit.case.ts';
import { evidenceSuite } from './evidence.case.ts';
import {
  bytes,
  declaration,
  declared,
  green,
  HANGZHOU,
  holder,
  NOW,
  red,
  rule,
  type StoreUnderTest,
  same,
  status,
} from './fixtures.ts';
import { idempotencySuite } from './idempotency.case.ts';
import { issuingSuite } from './issuing.case.ts';
import { jobSuite } from './job.case.ts';
import { noticeSuite } from './notice.case.ts';
import { packSuite } from './packs.case.ts';
import { snapshotSuite } from './snapshot.case.ts';

const GATE = gatewayIdSchema.parse('gate-1');

const incoming = (seq: number, text = `event-${seq}`, poison = false): IncomingEvent => ({
  seq,
  payload: bytes(text),
  hash: bytes(`hash of ${text}`),
  poison,
});

/** What every engine behind the Store port must do. `open` gives an empty database. */
export function storeSuite(open: () => Promise<StoreUnderTest>): void {
  holderSuite(open);
  statusSuite(open);
  streamSuite(open);
  gatewaySuite(open);
  passageSuite(open);
  jobSuite(open);
  idempotencySuite(open);
  auditSuite(open);
  packSuite(open);
  issuingSuite(open);
  noticeSuite(open);
  evidenceSuite(open);
  snapshotSuite(open);
}

function holderSuite(open: () => Promise<StoreUnderTest>): void {
  describe('holders and evidence', () => {
    test('a person is added once, and found by their token in their own region', async () => {
      const { hangzhou, ningbo } = await open();
      expect(await hangzhou.addHolder(holder('a'), NOW)).toBe(true);
      expect(await hangzhou.addHolder({ ...holder('b'), idHash: bytes('id-a') }, NOW)).toBe(false);
      expect(await ningbo.addHolder(holder('a'), NOW)).toBe(true);
      expect(await hangzhou.holderByToken(bytes('token-a'))).toBe('a');
      expect(await hangzhou.holderByToken(bytes('token-b'))).toBeUndefined();
    });

    test('lists touch their holders, keep the first date, and a release ends them', async () => {
      const { hangzhou } = await open();
      await hangzhou.addHolder(holder('a'), NOW);
      await hangzhou.declare('a', declaration, NOW, same, rule(1));
      const seen = async () => {
        let lists: unknown;
        const look: Decide = (evidence) => {
          lists = evidence.lists;
          return same(evidence, undefined);
        };
        await hangzhou.rescore(['a'], look, rule(1));
        return lists;
      };
      const list = (kind: 'returnee' | 'released', since: string) =>
        hangzhou.addListings(kind, [{ idHash: bytes('id-a'), since }]);
      expect((await list('returnee', '2022-02-10')).touched).toEqual(['a']);
      await list('returnee', '2022-02-20');
      expect(await seen()).toEqual([{ kind: 'returnee', since: '2022-02-10' }]);
      await list('released', '2022-02-09');
      expect(await seen()).toHaveLength(2);
      await list('released', '2022-02-24');
      expect(await seen()).toEqual([{ kind: 'released', since: '2022-02-24' }]);
      await list('returnee', '2022-02-25');
      expect(await seen()).toHaveLength(2);
      const stranger = { idHash: bytes('?'), since: '2022-01-01' };
      expect((await hangzhou.addListings('returnee', [stranger])).touched).toEqual([]);
    });

    test('areas touch who lives there', async () => {
      const { hangzhou, ningbo } = await open();
      await hangzhou.addHolder(holder('a'), NOW);
      await hangzhou.declare('a', declaration, NOW, same, rule(1));
      await hangzhou.rescore(['a'], green, rule(1));
      const area = { division: HANGZHOU, from: '2022-03-01', until: '2022-03-09' } as const;
      expect(await hangzhou.addAreas([{ ...area, level: 'high' }])).toMatchObject({ touched: 1 });
      expect(await hangzhou.touchAreas(9)).toEqual(['a']);
      expect(await hangzhou.addAreas([{ ...area, level: 'low' }])).toMatchObject({ touched: 1 });
      expect(await hangzhou.touchAreas(9)).toEqual(['a']);
      expect(await hangzhou.touchAreas(9)).toEqual([]);
      expect(await ningbo.addAreas([{ ...area, level: 'low' }])).toMatchObject({ touched: 0 });
      expect(await ningbo.touchAreas(9)).toEqual([]);
      const look: Decide = (evidence) => {
        expect(evidence.areas).toEqual([{ level: 'low', from: area.from, until: area.until }]);
        return same(evidence, undefined);
      };
      await hangzhou.rescore(['a'], look, rule(1));
    });
  });
}

function statusSuite(open: () => Promise<StoreUnderTest>): void {
  const STREAM = regionStream(HANGZHOU);
  const seesResidence =
    (days: number): Decide =>
    (evidence) => {
      expect(evidence.declaration.residenceDays).toBe(days);
      return green(evidence, undefined);
    };

  describe('statuses', () => {
    test('nobody is scored who has not declared', async () => {
      const { hangzhou } = await open();
      await hangzhou.addHolder(holder('a'), NOW);
      expect(await hangzhou.rescore(['a', 'nobody'], green, rule(1))).toEqual([]);
      expect(await hangzhou.status('a')).toBeUndefined();
    });

    test('a change is one row and one version; red ones are in the red stream too', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      expect(await hangzhou.rescore(['a', 'b'], green, rule(1))).toEqual([
        { stream: STREAM, head: 4, count: 2 },
      ]);
      await hangzhou.rescore(['a'], red, rule(1));
      expect(await hangzhou.stream(STREAM)).toEqual({ epoch: 1, head: 5 });
      expect(await hangzhou.stream(RED)).toEqual({ epoch: 1, head: 1 });
      expect(await hangzhou.status('a')).toEqual({ ...status('red'), ver: 5 });
      const log = await hangzhou.changes(STREAM, 3, 5, 10);
      expect(log.map(({ ver, colour }) => [ver, colour])).toEqual([
        [4, 'green'],
        [5, 'red'],
      ]);
      expect(await hangzhou.changes(STREAM, 2, 4, 1)).toHaveLength(1);
    });

    test('what is not news writes no change, but a new pseudonym gets its entry', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      await hangzhou.rescore(['a'], green, rule(1));
      expect(await hangzhou.rescore(['a'], same, rule(1))).toEqual([]);
      expect(await hangzhou.rescore(['a'], same, rule(2))).toMatchObject([{ head: 3, count: 1 }]);
      expect(await hangzhou.rescore(['a'], green, rule(2))).toMatchObject([{ head: 5, count: 2 }]);
      expect(await hangzhou.rescore(['a'], green, rule(3))).toMatchObject([{ head: 7, count: 2 }]);
      expect(await hangzhou.pseudonym('a', 3)).toHaveLength(16);
    });

    test('a pseudonym whose prefix is taken is made again', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      const clash: PseudonymRule = {
        ...rule(1),
        derive: (id, attempt) =>
          Uint8Array.from(Buffer.from(`prefix-${attempt}${id}`.padEnd(16, '.'))),
      };
      await hangzhou.rescore(['a', 'b'], green, clash);
      const subs = [await hangzhou.pseudonym('a', 1), await hangzhou.pseudonym('b', 1)];
      const prefixes = subs.map((sub) => Buffer.from(sub ?? []).toString('latin1', 0, 8));
      expect(prefixes).toEqual(['prefix-0', 'prefix-1']);
    });

    test('a decision that throws leaves nothing behind', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      const trap: Decide = (evidence, held) => {
        if (evidence.holder === 'b') throw new Error('a bug');
        return green(evidence, held);
      };
      await expect(hangzhou.rescore(['a', 'b'], trap, rule(1))).rejects.toThrow('a bug');
      expect(await hangzhou.stream(STREAM)).toEqual({ epoch: 1, head: 2 });
      expect(await hangzhou.pseudonym('a', 1)).toBeUndefined();
      const bad = hangzhou.declare('b', { ...declaration, residenceDays: 9 }, NOW, trap, rule(1));
      await expect(bad).rejects.toThrow('a bug');
      await hangzhou.rescore(['b'], seesResidence(20), rule(1));
    });

    test('those are due whose time has come, the longest first', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      await hangzhou.rescore(['a', 'b'], green, rule(1));
      expect(await hangzhou.due(NOW, 10)).toEqual([]);
      expect(await hangzhou.due(epochMs(NOW + 60_000), 10)).toEqual(['a', 'b']);
      expect(await hangzhou.due(epochMs(NOW + 60_000), 1)).toHaveLength(1);
    });

    test('evidence makes its holders due in the same transaction', async () => {
      const { hangzhou, ningbo } = await open();
      const area = { division: HANGZHOU, from: '2022-03-01', until: '2022-03-02' };
      const listing = { idHash: bytes('id-a'), since: '2022-03-01' };
      const evidence: ((store: Store) => Promise<unknown>)[] = [
        (store) => store.addListings('confirmed', [listing]),
        async (store) => {
          await store.addAreas([{ ...area, level: 'high' }]);
          await store.touchAreas(9);
        },
      ];
      for (const store of [hangzhou, ningbo]) await declared(store, 'a');
      for (const write of evidence) {
        await hangzhou.rescore(['a'], green, rule(1));
        await ningbo.rescore(['a'], green, rule(1));
        expect(await hangzhou.due(NOW, 10)).toEqual([]);
        await write(hangzhou);
        expect(await hangzhou.due(NOW, 10)).toEqual(['a']);
        expect(await ningbo.due(NOW, 10)).toEqual([]);
      }
    });

    test('a hundred publications at once share no version', async () => {
      const { hangzhou } = await open();
      const ids = Array.from({ length: 100 }, (_, i) => `h${i}`);
      await declared(hangzhou, ...ids);
      const published = await Promise.all(ids.map((id) => hangzhou.rescore([id], green, rule(1))));
      expect(new Set(published.flat().map(({ head }) => head)).size).toBe(100);
      expect((await hangzhou.stream(STREAM)).head).toBe(200);
    });
  });
}

function streamSuite(open: () => Promise<StoreUnderTest>): void {
  describe('streams', () => {
    test('documents are numbered, and one that is kept out costs no number', async () => {
      const { hangzhou, ningbo } = await open();
      const first = await hangzhou.putDocument('admission-policy', () => DEFAULT_POLICY);
      expect(first).toEqual({ stream: 'control', head: 1, count: 1 });
      const kept = await hangzhou.putDocument('admission-policy', (newest) => {
        expect(newest).toEqual(DEFAULT_POLICY);
        return undefined;
      });
      expect(kept).toBeUndefined();
      expect(await hangzhou.documents(0, 9, 9)).toEqual([
        { name: 'admission-policy', ver: 1, body: DEFAULT_POLICY },
      ]);
      expect(await ningbo.documents(0, 9, 9)).toEqual([]);
    });

    test('a segment is listed until another takes its place, and served after', async () => {
      const { hangzhou, ningbo } = await open();
      const add = (hash: string, from: number, to: number, replaces: string[] = [], at = NOW) => {
        const info = { level: 'minute', from, to, hash, bytes: 32 } as const;
        return hangzhou.addSegment(RED, 1, info, bytes(hash), replaces, at);
      };
      expect([await add('a', 0, 2), await add('b', 2, 4)]).toEqual([true, true]);
      expect([await add('late', 2, 5), await add('hole', 5, 6)]).toEqual([false, false]);
      const listed = async () => (await hangzhou.segments(RED, 1)).map(({ hash }) => hash);
      expect(await listed()).toEqual(['a', 'b']);
      expect(await add('short', 0, 3, ['a', 'b'])).toBe(false);
      expect(await add('ab', 0, 4, ['a', 'b'])).toBe(true);
      expect(await add('again', 0, 4, ['a', 'b'])).toBe(false);
      expect(await listed()).toEqual(['ab']);
      expect(await hangzhou.segments(RED, 2)).toEqual([]);
      expect(Buffer.from((await hangzhou.segmentBytes(RED, 'a')) ?? []).toString()).toMatch(
        /^a\.+$/,
      );
      expect(await ningbo.segmentBytes(RED, 'a')).toBeUndefined();
      await add('c', 4, 6);
      await add('d', 6, 9);
      await add('cd', 4, 9, ['c', 'd'], epochMs(NOW + 3_600_000));
      expect(await hangzhou.segmentBytes(RED, 'a')).toBeUndefined();
      expect(await listed()).toEqual(['ab', 'cd']);
    });
  });
}

function gatewaySuite(open: () => Promise<StoreUnderTest>): void {
  const row = {
    gateway: GATE,
    station: stationIdSchema.parse('east'),
    publicKey: '00'.repeat(32),
    keyId: keyIdSchema.parse('0123456789abcdef'),
  };

  describe('gateways', () => {
    test('a registration binds id and key, and is revoked for good', async () => {
      const { hangzhou, ningbo } = await open();
      expect(await hangzhou.addGateway(row, NOW)).toBe(true);
      expect(await hangzhou.addGateway(row, NOW)).toBe(true);
      const other = keyIdSchema.parse('ffffffffffffffff');
      expect(await hangzhou.addGateway({ ...row, keyId: other }, NOW)).toBe(false);
      expect(await hangzhou.gatewayByKey(row.keyId)).toEqual({ ...row, revoked: false });
      expect(await ningbo.gatewayByKey(row.keyId)).toBeUndefined();
      expect(await hangzhou.revokeGateway(GATE, NOW)).toBe(true);
      expect(await hangzhou.gatewayByKey(row.keyId)).toEqual({ ...row, revoked: true });
      expect(await hangzhou.addGateway(row, NOW)).toBe(false);
      expect(await ningbo.revokeGateway(GATE, NOW)).toBe(false);
    });

    test('a nonce is good once while it lives', async () => {
      const { hangzhou } = await open();
      const use = (at: number) =>
        hangzhou.useNonce(row.keyId, 'n', epochMs(NOW + 1000), epochMs(at));
      const uses = await Promise.all([use(NOW), use(NOW), use(NOW + 1000)]);
      expect(uses.filter(Boolean)).toHaveLength(1);
      expect(await use(NOW + 1001)).toBe(true);
    });
  });
}

function passageSuite(open: () => Promise<StoreUnderTest>): void {
  describe('passages', () => {
    test('count what was stored, repeated, contradicted and poisoned', async () => {
      const { hangzhou, ningbo } = await open();
      const push = (...list: IncomingEvent[]) => hangzhou.appendPassages(GATE, 1, list, NOW);
      expect(await push(incoming(1), incoming(2, 'bad', true))).toEqual({
        kind: 'acked',
        acked: 2,
        stored: 1,
        duplicates: 0,
        conflicts: 0,
        poison: 1,
        feverish: [],
      });
      expect(await push(incoming(1), incoming(2, 'bad', true), incoming(3))).toMatchObject({
        acked: 3,
        stored: 1,
        duplicates: 2,
      });
      expect(await push(incoming(1, 'other'))).toMatchObject({ acked: 3, conflicts: 1 });
      expect(await push(incoming(5))).toEqual({ kind: 'gap', gap: 4, acked: 3 });
      expect(await ningbo.appendPassages(GATE, 1, [incoming(1)], NOW)).toMatchObject({ stored: 1 });
      expect(await hangzhou.deadLetters(GATE, undefined, 100)).toMatchObject([
        { gateway: GATE, epoch: 1, seq: 1, reason: 'passages-conflict' },
        { gateway: GATE, epoch: 1, seq: 2, reason: 'payload-invalid' },
      ]);
      const rows = await hangzhou.passages(GATE, undefined, 10);
      expect(rows.map(({ seq, payload }) => [seq, Buffer.from(payload).toString()[6]])).toEqual([
        [1, '1'],
        [3, '3'],
      ]);
    });

    test('are read past a mark, in order', async () => {
      const { hangzhou } = await open();
      for (const epoch of [2, 10]) {
        await hangzhou.appendPassages(GATE, epoch, [incoming(1), incoming(2)], NOW);
      }
      const after = { gateway: GATE, epoch: 2, seq: 1 };
      const rows = await hangzhou.passages(undefined, after, 2);
      expect(rows.map(({ epoch, seq }) => [epoch, seq])).toEqual([
        [2, 2],
        [10, 1],
      ]);
    });

    test('answers a ping', async () => {
      const { hangzhou } = await open();
      await expect(hangzhou.ping()).resolves.toBeUndefined();
    });
  });
}
