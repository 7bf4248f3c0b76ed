import { replicaKeySchema } from '@greengate/contracts/ids';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import Database from 'libsql';
import { describe, expect, test, vi } from 'vitest';
import { openReplicaView } from '../../src/store/replica-reader.ts';
import type { ReplicaStore } from '../../src/store/replica-store.ts';
import {
  abroadReplicaKey,
  DAY,
  earlyKey,
  issuerKey,
  NOW,
  replicaKey,
  rootKey,
  stagingKey,
  strangerKey,
  trust,
} from '../fixtures/codes.ts';
import {
  controlSegment,
  documents,
  entry,
  hashOf,
  keyOf,
  manifest,
  must,
  noPause,
  openStore,
  provision,
  REGION,
  reasonOf,
  SEAL_KEY,
  statusSegment,
} from '../fixtures/replica.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const offer = (store: ReplicaStore, stream: StreamName, bytes: Uint8Array, hash = hashOf(bytes)) =>
  store.offerSegment(stream, bytes, hash, noPause);

/** Everything that replica.db holds. */
function dump(file: string): string {
  const db = new Database(file);
  const tables = ['state', 'leaf_red', 'leaf_region'].map((table) =>
    db.prepare(`SELECT * FROM ${table} ORDER BY 1`).safeIntegers(true).all([]),
  );
  db.close();
  return JSON.stringify(tables, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

async function provisioned() {
  const file = tempFile('replica.db');
  const store = openStore(file);
  await provision(store);
  return { file, store };
}

describe('what is applied', () => {
  test('rows, reds and documents are there for the reader, and the mark tells how far', async () => {
    const { file, store } = await provisioned();
    const later = epochMs(NOW + 5000);
    const segment = statusSegment(REGION, { to: 2, signedAt: later }, [
      entry(1, keyOf(1)),
      entry(2, keyOf(2), { colour: 'yellow', nextColour: 'green' }),
    ]);
    expect(must(await offer(store, REGION, segment))).toEqual({
      epoch: 1,
      cursor: 2,
      head: 2,
      signedAt: later,
      rows: 2,
      documents: [],
      unread: 0,
    });
    must(
      await offer(
        store,
        RED,
        statusSegment(RED, { to: 1 }, [entry(1, keyOf(2), { colour: 'red' })]),
      ),
    );
    expect(store.mark(REGION)).toEqual({ epoch: 1, cursor: 2, head: 2, signedAt: later });
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.status(keyOf(1))).toEqual({
      ver: 1,
      colour: 'green',
      nextColour: 'yellow',
      validUntil: NOW + DAY,
    });
    expect(view.status(keyOf(2))).toMatchObject({ ver: 2, colour: 'yellow', nextColour: 'green' });
    expect(view.red(keyOf(2))).toMatchObject({ colour: 'red' });
    expect(view.red(keyOf(1))).toBeUndefined();
    expect(view.status(keyOf(3))).toBeUndefined();
    expect(view.version()).toBe(2);
    expect(view.trust()).toEqual(trust);
    expect(view.policy()).toEqual(DEFAULT_POLICY);
    view.close();
    store.close();
  });

  test('keys over the whole 64 bits are found by themselves and by nothing else', async () => {
    const { file, store } = await provisioned();
    const keys = [
      '0000000000000001',
      '7fffffffffffffff',
      '8000000000000000',
      'ffffffffffffffff',
    ].map((text) => replicaKeySchema.parse(text));
    const rows = keys.map((key, i) => entry(i + 1, key));
    must(await offer(store, REGION, statusSegment(REGION, { to: 4 }, rows)));
    const view = openReplicaView(file, SEAL_KEY);
    for (const [i, key] of keys.entries()) expect(view.status(key)?.ver).toBe(i + 1);
    expect(view.status(replicaKeySchema.parse('0000000000000000'))).toBeUndefined();
    view.close();
    store.close();
  });

  test('a newer document replaces the one of its name, an older one does not', async () => {
    const { file, store } = await provisioned();
    const policy = (ver: number, feverCentiC: number) =>
      ({
        name: 'admission-policy',
        ver,
        body: { ...DEFAULT_POLICY, version: ver, feverCentiC },
      }) as const;
    must(await offer(store, CONTROL, controlSegment({ from: 2, to: 4 }, [policy(4, 3800)])));
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.policy()?.feverCentiC).toBe(3800);
    must(await offer(store, CONTROL, controlSegment({ from: 2, to: 3 }, [policy(3, 4000)])));
    view.refresh();
    expect(view.policy()?.feverCentiC).toBe(3800);
    view.close();
    store.close();
  });

  test('"control-invalid": a document that cannot be read is told, holds no other back, and is read again by a later version', async () => {
    const { file, store } = await provisioned();
    const later = { ...DEFAULT_POLICY, version: 3, mode: 'later' as never };
    const segment = controlSegment({ from: 2, to: 4 }, [
      { name: 'admission-policy', ver: 3, body: later },
      { name: 'trust-list', ver: 4, body: { ...trust, version: 2 } },
    ]);
    expect(must(await offer(store, CONTROL, segment))).toMatchObject({ cursor: 4, unread: 1 });
    const view = openReplicaView(file, SEAL_KEY);
    expect([view.policy(), view.trust()?.version]).toEqual([DEFAULT_POLICY, 2]);
    store.close();
    const next = openStore(file);
    expect(next.mark(CONTROL)).toMatchObject({ cursor: 0, head: 4 });
    next.close();
    view.close();
  });

  test('a reader that is open sees each commit, and documents after refresh()', async () => {
    const file = tempFile('replica.db');
    const store = openStore(file);
    const view = openReplicaView(file, SEAL_KEY);
    expect([view.trust(), view.policy(), view.syncedAt(), view.version()]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ]);
    await provision(store);
    view.refresh();
    expect(view.trust()).toEqual(trust);
    must(await offer(store, REGION, statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))])));
    expect(view.status(keyOf(1))?.ver).toBe(1);
    view.close();
    store.close();
  });
});

describe('F8: order and repetition do not matter', () => {
  const arbitraryLog = fc
    .array(
      fc.record({
        key: fc.integer({ min: 1, max: 12 }),
        colour: fc.constantFrom(
          'pending' as const,
          'green' as const,
          'yellow' as const,
          'red' as const,
        ),
        until: fc.integer({ min: 0, max: 4_000_000_000 }),
      }),
      { minLength: 1, maxLength: 40 },
    )
    .map((changes) =>
      changes.map(({ key, colour, until }, i) =>
        entry(i + 1, keyOf(key), { colour, validUntil: epochMs(until * 1000) }),
      ),
    );

  /** Segments that begin at 0, so that they may come in any order: each holds the newest row of each key. */
  const segmentOf = (log: readonly StatusEntry[], to: number) => {
    const rows = new Map(log.slice(0, to).map((row) => [row.key, row]));
    return statusSegment(REGION, { to }, [...rows.values()]);
  };

  test('P18 any order and any duplicates: each key holds its newest version, the cursor the furthest', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryLog, fc.array(fc.nat(), { maxLength: 10 }), async (log, order) => {
        const file = tempFile('replica.db');
        const store = openStore(file);
        await provision(store);
        for (const to of [
          ...order.map((n) => 1 + (n % log.length)),
          log.length,
          ...order.map(() => 1),
        ]) {
          must(await offer(store, REGION, segmentOf(log, to)));
        }
        expect(store.mark(REGION)).toMatchObject({ cursor: log.length, head: log.length });
        const view = openReplicaView(file, SEAL_KEY);
        for (const row of new Map(log.map((each) => [each.key, each])).values()) {
          const { key, ...status } = row;
          expect(view.status(key)).toEqual(status);
        }
        view.close();
        store.close();
      }),
      { numRuns: 12 },
    );
  });
});

describe('what is refused changes nothing', () => {
  test('P17 T6: one turned bit anywhere in a segment is refused, with or without its address', async () => {
    const { file, store } = await provisioned();
    const good = statusSegment(REGION, { to: 2 }, [
      entry(1, keyOf(1)),
      entry(2, keyOf(2), { colour: 'red' }),
    ]);
    const before = dump(file);
    const reasons = new Set<string | undefined>();
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      reasons.add(reasonOf(await store.offerSegment(REGION, bad, undefined, noPause)));
      if (bit % 97 === 0)
        expect(reasonOf(await offer(store, REGION, bad, hashOf(good)))).toBe(
          'segment-hash-mismatch',
        );
    }
    expect([...reasons].sort()).toEqual([
      'block-malformed',
      'block-signature-invalid',
      'block-truncated',
      'segment-hash-mismatch',
    ]);
    expect(dump(file)).toBe(before);
    must(await offer(store, REGION, good));
    store.close();
  });

  test('T6: a control segment with one turned bit is refused and the policy stays', async () => {
    const { file, store } = await provisioned();
    const before = dump(file);
    const good = controlSegment({ from: 2, to: 4 }, [
      { name: 'admission-policy', ver: 4, body: { ...DEFAULT_POLICY, mode: 'do-not-check' } },
    ]);
    for (let bit = 0; bit < good.length * 8; bit += 3) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect((await store.offerSegment(CONTROL, bad, undefined, noPause)).ok).toBe(false);
    }
    expect(dump(file)).toBe(before);
    store.close();
  });

  const cases: [string, StreamName, () => Uint8Array, string][] = [
    ['a gap', REGION, () => statusSegment(REGION, { from: 7, to: 9 }, []), 'segment-gap'],
    [
      'more than what was signed a day later',
      REGION,
      () => statusSegment(REGION, { to: 1, signedAt: epochMs(NOW - 86_400_000) }, []),
      'segment-older',
    ],
    [
      'another epoch',
      REGION,
      () => statusSegment(REGION, { epoch: 2, to: 1 }, []),
      'epoch-changed',
    ],
    [
      'another stream',
      REGION,
      () => statusSegment(RED, { to: 1 }, [entry(1, keyOf(1))]),
      'segment-stream-mismatch',
    ],
    ['a manifest', REGION, () => manifest(REGION), 'block-malformed'],
    ['nothing', REGION, () => new Uint8Array(0), 'block-truncated'],
    [
      'a stranger’s key',
      REGION,
      () => statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))], strangerKey),
      'block-signature-invalid',
    ],
    [
      'a key that may issue codes only (T2)',
      REGION,
      () => statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))], issuerKey),
      'block-signature-invalid',
    ],
    [
      'a replica key of another environment (T30)',
      REGION,
      () => statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))], stagingKey),
      'block-signature-invalid',
    ],
    [
      'a replica key whose time has not come',
      REGION,
      () => statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))], earlyKey),
      'block-signature-invalid',
    ],
    [
      'a replica key of another region (T29)',
      REGION,
      () => statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))], abroadReplicaKey),
      'block-signature-invalid',
    ],
    [
      'a red list of a region that is not accepted (T29)',
      RED,
      () => statusSegment(RED, { to: 1 }, [entry(1, keyOf(1))], abroadReplicaKey),
      'block-signature-invalid',
    ],
    [
      'a control document signed by a replica key (T2)',
      CONTROL,
      () => controlSegment({ from: 2, to: 3 }, [], replicaKey),
      'block-signature-invalid',
    ],
    [
      'a version outside its segment',
      CONTROL,
      () => controlSegment({ from: 2, to: 3 }, documents()),
      'segment-malformed',
    ],
    [
      'more bytes than a segment may have',
      REGION,
      () => Buffer.concat([statusSegment(REGION, { to: 1 }, []), Buffer.alloc(4 * 1024 * 1024)]),
      'segment-too-large',
    ],
  ];

  test.for(cases)('%s', async ([, stream, bytes, reason]) => {
    const { file, store } = await provisioned();
    const before = dump(file);
    expect(reasonOf(await store.offerSegment(stream, bytes(), undefined, noPause))).toBe(reason);
    expect(dump(file)).toBe(before);
    store.close();
  });

  test('before the trust list has come, no status is believed', async () => {
    const file = tempFile('replica.db');
    const store = openStore(file);
    expect(reasonOf(store.offerManifest(REGION, manifest(REGION)))).toBe('block-signature-invalid');
    expect(store.mark(REGION)).toBeUndefined();
    must(store.offerManifest(CONTROL, manifest(CONTROL, { head: 2 }, rootKey)));
    must(await offer(store, CONTROL, controlSegment({ to: 2 }, documents())));
    must(store.offerManifest(REGION, manifest(REGION)));
    store.close();
  });
});

describe('T6: manifests', () => {
  const held = { head: 5, signedAt: epochMs(NOW + 10_000) };
  const cases: [string, () => Uint8Array, string][] = [
    ['an older head', () => manifest(REGION, { ...held, head: 4 }), 'manifest-older'],
    ['an older signature', () => manifest(REGION, { ...held, signedAt: NOW }), 'manifest-older'],
    ['another stream', () => manifest(RED, held), 'manifest-stream-mismatch'],
    ['no valid signature', () => manifest(REGION, held, strangerKey), 'block-signature-invalid'],
    [
      'a key of another purpose',
      () => manifest(REGION, held, issuerKey),
      'block-signature-invalid',
    ],
    [
      'another region’s key (T29)',
      () => manifest(REGION, held, abroadReplicaKey),
      'block-signature-invalid',
    ],
    ['a cut end', () => manifest(REGION, held).slice(0, -70), 'block-truncated'],
    [
      'a body',
      () => Buffer.concat([manifest(REGION, held), Buffer.from('x')]),
      'manifest-malformed',
    ],
    [
      'too many bytes',
      () => Buffer.concat([manifest(REGION, held), Buffer.alloc(1024 * 1024)]),
      'manifest-too-large',
    ],
    [
      'HTML',
      () => Buffer.from('<html>Please log in to the hotel network</html>'),
      'block-malformed',
    ],
  ];

  test.for(cases)('%s is refused and what is held stays', async ([, bytes, reason]) => {
    const { file, store } = await provisioned();
    must(store.offerManifest(REGION, manifest(REGION, held)));
    const before = dump(file);
    expect(reasonOf(store.offerManifest(REGION, bytes()))).toBe(reason);
    expect(dump(file)).toBe(before);
    store.close();
  });

  test('P19 an older epoch is refused, the same manifest again is not', async () => {
    const { store } = await provisioned();
    must(store.offerManifest(REGION, manifest(REGION, { epoch: 3, head: 1 })));
    expect(reasonOf(store.offerManifest(REGION, manifest(REGION, { epoch: 2, head: 9 })))).toBe(
      'manifest-older',
    );
    must(store.offerManifest(REGION, manifest(REGION, { epoch: 3, head: 1 })));
    store.close();
  });

  test('a manifest that the cloud kept from before the last tail is not older', async () => {
    const { store } = await provisioned();
    const tail = statusSegment(REGION, { to: 0, signedAt: epochMs(NOW + 25_000) }, []);
    must(await store.offerSegment(REGION, tail, undefined, noPause));
    const kept = manifest(REGION, { signedAt: epochMs(NOW + 1000) });
    expect(reasonOf(store.offerManifest(REGION, kept))).toBeUndefined();
    expect(store.mark(REGION)?.signedAt).toBe(NOW + 25_000);
    store.close();
  });
});

describe('a new epoch', () => {
  test('F16: brings no rules of before: of a policy the higher version stays, and a newer one replaces it', async () => {
    const { file, store } = await provisioned();
    const policyOf = (version: number, ver: number) =>
      [{ name: 'admission-policy', ver, body: { ...DEFAULT_POLICY, version } }] as const;
    must(await offer(store, CONTROL, controlSegment({ from: 2, to: 9 }, policyOf(4, 9))));
    must(store.offerManifest(CONTROL, manifest(CONTROL, { epoch: 2, head: 5 })));
    must(await offer(store, CONTROL, controlSegment({ epoch: 2, to: 5 }, policyOf(3, 5))));
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.policy()?.version).toBe(4);
    must(await offer(store, CONTROL, controlSegment({ epoch: 2, from: 5, to: 6 }, policyOf(5, 6))));
    view.refresh();
    expect(view.policy()?.version).toBe(5);
    view.close();
    store.close();
  });

  test('old rows stay in force until the new ones are complete, and any new version replaces them', async () => {
    const { file, store } = await provisioned();
    const old = [1, 2, 3].map((n) => entry(100 + n, keyOf(n)));
    must(await offer(store, REGION, statusSegment(REGION, { to: 103 }, old)));
    must(store.offerManifest(REGION, manifest(REGION, { epoch: 2, head: 2 })));
    expect(store.mark(REGION)).toMatchObject({ epoch: 2, cursor: 0, head: 2 });
    const view = openReplicaView(file, SEAL_KEY);
    for (const n of [1, 2, 3]) expect(view.status(keyOf(n))?.colour).toBe('green');

    const first = statusSegment(REGION, { epoch: 2, to: 1, level: 'minute' }, [
      entry(1, keyOf(1), { colour: 'red' }),
    ]);
    must(await offer(store, REGION, first));
    expect(view.status(keyOf(1))).toMatchObject({ ver: 1, colour: 'red' });
    expect(view.status(keyOf(3))?.colour).toBe('green');

    const second = statusSegment(REGION, { epoch: 2, from: 1, to: 2 }, [entry(2, keyOf(2))]);
    must(await offer(store, REGION, second));
    expect(view.status(keyOf(2))?.ver).toBe(2);
    expect(view.status(keyOf(3))).toBeUndefined();
    expect(reasonOf(await offer(store, REGION, statusSegment(REGION, { to: 103 }, old)))).toBe(
      'epoch-changed',
    );
    view.close();
    store.close();
  });

  test('of one stream leaves the other streams alone', async () => {
    const { file, store } = await provisioned();
    must(
      await offer(
        store,
        RED,
        statusSegment(RED, { to: 1 }, [entry(1, keyOf(1), { colour: 'red' })]),
      ),
    );
    must(store.offerManifest(REGION, manifest(REGION, { epoch: 2, head: 0 })));
    must(await offer(store, REGION, statusSegment(REGION, { epoch: 2, to: 0 }, [])));
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.red(keyOf(1))?.colour).toBe('red');
    view.close();
    store.close();
  });

  test('of the control stream keeps keys and policy until new ones come', async () => {
    const { file, store } = await provisioned();
    must(store.offerManifest(CONTROL, manifest(CONTROL, { epoch: 2, head: 2 })));
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.trust()).toEqual(trust);
    must(
      await offer(
        store,
        CONTROL,
        controlSegment({ epoch: 2, to: 2 }, documents({ version: 9, yellow: 'refer' })),
      ),
    );
    view.refresh();
    expect(view.policy()).toMatchObject({ version: 9, yellow: 'refer' });
    view.close();
    store.close();
  });
});

describe('syncedAt: what is known to be complete, by signed time', () => {
  const at = (seconds: number) => epochMs(NOW + seconds * 1000);

  async function viewed() {
    const { file, store } = await provisioned();
    const view = openReplicaView(file, SEAL_KEY);
    const synced = () => {
      view.refresh();
      return view.syncedAt();
    };
    return { store, synced, file, view };
  }

  test('is the oldest of the status streams, and undefined while one was never complete', async () => {
    const { store, synced } = await viewed();
    expect(synced()).toBe(NOW);
    const { store: half, synced: halfSynced } = await viewed();
    must(half.offerManifest(REGION, manifest(REGION, { epoch: 2, head: 5 })));
    // What was complete before is old, not unknown.
    expect(halfSynced()).toBe(NOW);
    must(await offer(store, REGION, statusSegment(REGION, { to: 0, signedAt: at(60) }, [])));
    expect(synced()).toBe(NOW);
    must(await offer(store, RED, statusSegment(RED, { to: 0, signedAt: at(30) }, [])));
    expect(synced()).toBe(at(30));
    store.close();
    half.close();
  });

  test('a heartbeat of the tail moves it; a stored segment is as old as its manifest', async () => {
    const { store, synced, view } = await viewed();
    must(await offer(store, RED, statusSegment(RED, { to: 0, signedAt: at(500) }, [])));
    must(store.offerManifest(REGION, manifest(REGION, { head: 4, signedAt: at(100) })));
    expect(synced()).toBe(NOW);
    const day = (from: number, to: number) =>
      statusSegment(REGION, { from, to, level: 'day', signedAt: at(-3600) }, []);
    must(await offer(store, REGION, day(0, 2)));
    expect(synced()).toBe(NOW);
    must(await offer(store, REGION, day(2, 4)));
    expect(synced()).toBe(at(100));
    must(
      await offer(store, REGION, statusSegment(REGION, { from: 4, to: 4, signedAt: at(125) }, [])),
    );
    expect(synced()).toBe(at(125));
    expect(view.version()).toBe(4);
    store.close();
  });

  test('T6: an old answer, replayed, never moves it in either direction', async () => {
    const { store, synced } = await viewed();
    must(await offer(store, RED, statusSegment(RED, { to: 0, signedAt: at(500) }, [])));
    const old = statusSegment(REGION, { to: 0, signedAt: at(10) }, []);
    must(await offer(store, REGION, old));
    must(await offer(store, REGION, statusSegment(REGION, { to: 0, signedAt: at(20) }, [])));
    must(await offer(store, REGION, old));
    expect(synced()).toBe(at(20));
    must(store.offerManifest(REGION, manifest(REGION, { signedAt: at(15) })));
    expect(synced()).toBe(at(20));
    store.close();
  });

  test('a stream that is followed and never came makes the replica unsynced; one left behind says nothing', async () => {
    const { file, store } = await provisioned();
    const other = 'region/420100' as StreamName;
    const both = openReplicaView(file, SEAL_KEY, [CONTROL, RED, REGION, other]);
    expect(both.syncedAt()).toBeUndefined();
    both.close();
    const moved = openReplicaView(file, SEAL_KEY, [CONTROL, RED]);
    must(await offer(store, RED, statusSegment(RED, { to: 0, signedAt: at(30) }, [])));
    moved.refresh();
    expect(moved.syncedAt()).toBe(at(30));
    expect(moved.version()).toBe(0);
    expect(moved.streams().map((row) => row.name)).toEqual([CONTROL, RED, REGION]);
    moved.close();
    store.close();
  });
});

describe('F1: a segment that was applied halfway', () => {
  const rows = Array.from({ length: 2500 }, (_, i) => entry(i + 1, keyOf(i + 1)));
  const big = statusSegment(REGION, { to: rows.length }, rows);

  test('leaves the cursor where it was; applied again it ends whole', async () => {
    const { file, store } = await provisioned();
    must(
      store.offerManifest(
        REGION,
        manifest(REGION, { head: rows.length, signedAt: epochMs(NOW + 1) }),
      ),
    );
    let slices = 0;
    const killed = () => {
      slices += 1;
      return slices === 2 ? Promise.reject(new Error('killed')) : Promise.resolve();
    };
    await expect(store.offerSegment(REGION, big, hashOf(big), killed)).rejects.toThrow('killed');
    expect(store.mark(REGION)).toMatchObject({ cursor: 0 });
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.syncedAt()).toBe(NOW);
    const early = rows.filter((row) => view.status(row.key) !== undefined);
    expect(early.length).toBe(2000);
    view.close();

    const again = openStore(file);
    expect(must(await offer(again, REGION, big))).toMatchObject({ cursor: 2500, rows: 2500 });
    const whole = openReplicaView(file, SEAL_KEY);
    expect(rows.every((row) => whole.status(row.key)?.ver === row.ver)).toBe(true);
    whole.close();
    again.close();
    store.close();
  });

  test('pauses between slices, so that the lanes get the disk', async () => {
    const { store } = await provisioned();
    const pause = vi.fn(noPause);
    must(await store.offerSegment(REGION, big, undefined, pause));
    expect(pause).toHaveBeenCalledTimes(2);
    store.close();
  });
});
