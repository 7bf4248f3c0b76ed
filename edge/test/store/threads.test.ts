import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { CONTROL, RED } from '@greengate/contracts/replica/streams';
import Database from 'libsql';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openJournalStore } from '../../src/store/journal-store.ts';
import { startJournalThread } from '../../src/store/journal-thread.ts';
import { openReplicaView } from '../../src/store/replica-reader.ts';
import { createReplicaThread } from '../../src/store/replica-thread.ts';
import { callThread } from '../../src/store/thread-call.ts';
import { crypto, rootKey, trust } from '../fixtures/codes.ts';
import { intent, outcome } from '../fixtures/drafts.ts';
import {
  controlSegment,
  documents,
  entry,
  hashOf,
  manifest,
  must,
  REGION,
  reasonOf,
  SEAL_KEY,
  statusSegment,
} from '../fixtures/replica.ts';
import { seeded } from '../fixtures/seeded.ts';
import { tempFile, tempFolder } from '../fixtures/temp-folder.ts';

// Vitest runs with the condition that resolves contracts to its sources; a plain node, as in production, does not.
vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof import('node:worker_threads')>();
  class PlainWorker extends real.Worker {
    constructor(entry: string | URL, options?: WorkerOptions) {
      super(entry, { ...options, execArgv: [] });
    }
  }
  return { ...real, Worker: PlainWorker };
});

// The threads run what `tsc -b` built; vitest's global setup does that first.
const DIST = new URL('../../dist', import.meta.url);
const JOURNAL = new URL('../../dist/journal-worker.js', import.meta.url);
const REPLICA = new URL('../../dist/replica-worker.js', import.meta.url);

describe('the journal on its own thread', () => {
  const start = (file = tempFile('journal.db')) => {
    const onDeath = vi.fn();
    return { file, onDeath, journal: startJournalThread(JOURNAL, { file }, onDeath) };
  };

  test('answers what the store answers', async () => {
    const { journal, onDeath, file } = start();
    expect(await journal.lastTrustedAt()).toBe(0);
    expect(await journal.damage()).toBeUndefined();
    // A new journal begins by the clock, past any epoch of one that was lost.
    const { epoch } = await journal.state();
    expect(epoch).toBeGreaterThan(100_000);
    expect(epoch).toBeLessThan(2 ** 21);
    expect(await journal.append(intent(1))).toEqual({ epoch, seq: 1 });
    expect(await journal.append(outcome(1))).toEqual({ epoch, seq: 2 });
    const { epoch: own, events } = await journal.pending(10);
    expect([own, events.map((event) => [event.seq, event.kind])]).toEqual([
      epoch,
      [
        [1, 'intent'],
        [2, 'outcome'],
      ],
    ]);
    await journal.acknowledge({ epoch, seq: 1 });
    expect(await journal.state()).toEqual({ epoch, seq: 2, pending: 1, rows: 2 });
    expect(await journal.verifyChain()).toBeUndefined();
    expect(await journal.openPassages()).toEqual([]);
    await journal.close();
    expect(onDeath).not.toHaveBeenCalled();
    const again = start(file).journal;
    expect((await again.state()).epoch).toBe(epoch + 1);
    await again.close();
  });

  test('an outcome goes with the next intent, in its place, or soon by itself', async () => {
    const { journal, file } = start();
    await journal.append(intent(1));
    const before = commitsIn(`${file}-wal`);
    const order = await Promise.all([journal.append(outcome(1)), journal.append(intent(2))]);
    expect(order.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(commitsIn(`${file}-wal`)).toBe(before + 1);
    expect((await journal.append(outcome(2))).seq).toBe(4);
    const waiting = journal.append(outcome(1));
    expect((await journal.state()).pending).toBe(5);
    await journal.close();
    expect((await waiting).seq).toBe(5);
  });

  test('appends that wait together go into one commit, each answered its own position', async () => {
    const { journal, file } = start();
    await journal.state();
    const positions = await Promise.all(
      Array.from({ length: 200 }, (_, i) => journal.append(intent(i + 1))),
    );
    expect(positions.map((position) => position.seq)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    const copy = `${file}.copy`;
    copyFileSync(`${file}-wal`, copy);
    expect(commitsIn(copy)).toBeLessThan(100);
    expect(await journal.verifyChain()).toBeUndefined();
    await journal.close();
  });

  test('F4: a disk that refuses is an answer, and the next append may work again', async () => {
    const { journal, file } = start();
    await journal.append(intent(1));
    const blocker = new Database(file);
    blocker.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'disk'); END",
    );
    await expect(journal.append(intent(2))).rejects.toThrow('disk');
    blocker.exec('DROP TRIGGER refuse');
    blocker.close();
    expect(await journal.append(intent(3))).toMatchObject({ seq: 2 });
    await journal.close();
  });

  test('F3: a disk that cannot be written at the start refuses events, and takes them once it can', async () => {
    const folder = join(tempFolder(), 'not-mounted');
    const { journal, onDeath } = start(join(folder, 'journal.db'));
    await expect(journal.append(intent(1))).rejects.toThrow();
    await expect(journal.state()).rejects.toThrow();
    mkdirSync(folder);
    expect(await journal.append(intent(2))).toMatchObject({ seq: 1 });
    await journal.close();
    expect(onDeath).not.toHaveBeenCalled();
  });

  test('F13: a damaged journal is set aside, told, and the lanes go on with a new one', async () => {
    const file = tempFile('journal.db');
    writeFileSync(file, 'x'.repeat(4096));
    const { journal, onDeath } = start(file);
    expect(await journal.damage()).toMatch(/not a database/);
    expect(await journal.append(intent(1))).toMatchObject({ seq: 1 });
    expect(await journal.verifyChain()).toBeUndefined();
    await journal.close();
    expect(readFileSync(`${file}.damaged`, 'utf8')).toMatch(/^xxx/);
    // Damaged journals are evidence: the second one does not displace the first.
    writeFileSync(file, 'y'.repeat(4096));
    const again = start(file).journal;
    expect(await again.damage()).toBeDefined();
    await again.close();
    expect(readFileSync(`${file}.damaged`, 'utf8')).toMatch(/^xxx/);
    expect(readFileSync(`${file}.damaged-2`, 'utf8')).toMatch(/^yyy/);
    expect(onDeath).not.toHaveBeenCalled();
  });

  test('a call after close is refused and is no death', async () => {
    const { journal, onDeath } = start();
    await journal.append(intent(1));
    const closed = journal.close();
    const late = journal.append(intent(2));
    await expect(late).rejects.toThrow();
    await closed;
    await expect(journal.state()).rejects.toThrow('thread ended');
    expect(onDeath).not.toHaveBeenCalled();
  });
});

describe('F19: a thread that ends by itself', () => {
  test.for([
    ['throws', 'throw new Error("a bug")', 'a bug'],
    ['exits', 'process.exit(3)', 'thread ended with code 3'],
    ['ends quietly', '', 'thread ended with code 0'],
  ])('%s: the calls that wait are refused and the death is told once', async ([, code, why]) => {
    const onDeath = vi.fn();
    const source = `require('node:worker_threads').parentPort.once('message', () => { ${code} })`;
    const { call, ended } = callThread(new Worker(source, { eval: true }), onDeath);
    await expect(call('anything')).rejects.toThrow(why);
    await ended();
    expect(onDeath.mock.calls).toEqual([[why]]);
  });
});

/** A replica thread on a new file, ready; `onDeath` counts what it dies of. */
async function startedReplica() {
  const file = tempFile('replica.db');
  const onDeath = vi.fn();
  const writer = createReplicaThread(
    REPLICA,
    { file, rootKey: rootKey.raw, sealKey: SEAL_KEY },
    onDeath,
  );
  await writer.ready();
  return { file, onDeath, writer };
}

describe('the replica on its own thread', () => {
  test('verifies and applies, the reader sees it, refusals are answers', async () => {
    const { file, onDeath, writer } = await startedReplica();
    const view = openReplicaView(file, SEAL_KEY);
    expect(await writer.mark(CONTROL)).toBeUndefined();
    must(await writer.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
    const applied = must(
      await writer.offerSegment(CONTROL, controlSegment({ to: 2 }, documents())),
    );
    expect(applied.documents.map((document) => document.name)).toEqual([
      'trust-list',
      'admission-policy',
    ]);
    view.refresh();
    expect(view.trust()).toEqual(trust);

    must(await writer.offerManifest(REGION, manifest(REGION)));
    const key = '00000000000000aa' as Parameters<typeof view.status>[0];
    const segment = statusSegment(REGION, { to: 1 }, [entry(1, key)]);
    const wrong = hashOf(Uint8Array.of(1));
    expect(reasonOf(await writer.offerSegment(REGION, segment, wrong))).toBe(
      'segment-hash-mismatch',
    );
    must(await writer.offerSegment(REGION, segment, hashOf(segment)));
    view.refresh();
    expect(view.status(key)?.colour).toBe('green');
    view.close();
    await writer.close();
    expect(onDeath).not.toHaveBeenCalled();
  });

  test('F13: a file that is damaged while it is open is set aside, and the lanes go on with a new one', async () => {
    const { file, onDeath, writer } = await startedReplica();
    const fill = async (stream = REGION) => {
      must(await writer.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
      must(await writer.offerSegment(CONTROL, controlSegment({ to: 2 }, documents())));
      must(await writer.offerManifest(stream, manifest(stream)));
    };
    await fill();
    const key = '00000000000000aa' as Parameters<ReturnType<typeof openReplicaView>['status']>[0];
    const segment = statusSegment(REGION, { to: 1 }, [entry(1, key)]);
    must(await writer.offerSegment(REGION, segment));
    const view = openReplicaView(file, SEAL_KEY);
    // Another connection spoils the page that the thread must read next.
    const spoiler = new Database(file);
    spoiler.exec('PRAGMA writable_schema = ON');
    const root = (table: string) =>
      spoiler.prepare('SELECT rootpage AS page FROM sqlite_master WHERE name = ?').get([table]) as {
        page: number;
      };
    const page = root('leaf_region').page;
    spoiler.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    spoiler.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, (page - 1) * 4096, page * 4096));
    const more = statusSegment(REGION, { from: 1, to: 2 }, [entry(2, key)]);
    let refused: string | undefined;
    // The thread may still hold the page in its cache.
    for (let ver = 2; refused === undefined && ver < 5; ver++) {
      const spoilt = new Database(file);
      spoilt.exec('PRAGMA user_version = 1');
      spoilt.close();
      refused = reasonOf(await writer.offerSegment(REGION, more));
    }
    expect(refused).toBe('replica-damaged');
    expect(await writer.mark(REGION)).toBeUndefined();
    expect(readFileSync(`${file}.damaged`).length).toBeGreaterThan(4096);
    view.reopen();
    expect(view.status(key)).toBeUndefined();
    await fill();
    must(await writer.offerSegment(REGION, segment));
    view.refresh();
    expect(view.status(key)?.colour).toBe('green');
    view.close();
    await writer.close();
    expect(onDeath).not.toHaveBeenCalled();
  });

  test('a red that comes while a region is applied does not wait for its end', async () => {
    const file = tempFile('replica.db');
    const data = { file, rootKey: rootKey.raw, sealKey: SEAL_KEY };
    const writer = createReplicaThread(REPLICA, data, vi.fn());
    must(await writer.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
    must(await writer.offerSegment(CONTROL, controlSegment({ to: 2 }, documents())));
    for (const stream of [REGION, RED]) must(await writer.offerManifest(stream, manifest(stream)));
    const rows = Array.from({ length: 20_000 }, (_, i) =>
      entry(i + 1, (i + 1).toString(16).padStart(16, '0') as Parameters<typeof entry>[1]),
    );
    const red = statusSegment(RED, { to: 1 }, rows.slice(0, 1));
    const order: string[] = [];
    await Promise.all([
      writer
        .offerSegment(REGION, statusSegment(REGION, { to: 20_000 }, rows))
        .then(() => order.push('region')),
      writer.offerSegment(RED, red).then(() => order.push('red')),
    ]);
    expect(order).toEqual(['red', 'region']);
    await writer.close();
  });

  test('calls are taken one after the other, also while a segment is applied slice by slice', async () => {
    const file = tempFile('replica.db');
    const writer = createReplicaThread(
      REPLICA,
      { file, rootKey: rootKey.raw, sealKey: SEAL_KEY },
      vi.fn(),
    );
    must(await writer.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
    must(await writer.offerSegment(CONTROL, controlSegment({ to: 2 }, documents())));
    must(await writer.offerManifest(REGION, manifest(REGION)));
    const rows = Array.from({ length: 3000 }, (_, i) =>
      entry(i + 1, (i + 1).toString(16).padStart(16, '0') as Parameters<typeof entry>[1]),
    );
    const order: string[] = [];
    await Promise.all([
      writer
        .offerSegment(REGION, statusSegment(REGION, { to: 3000 }, rows))
        .then(() => order.push('segment')),
      writer.mark(REGION).then((mark) => order.push(`mark ${mark?.cursor}`)),
    ]);
    expect(order).toEqual(['segment', 'mark 3000']);
    await writer.close();
  });
});

describe('F1: kill -9', () => {
  const ROUNDS = 12;

  test('no acknowledged event is lost, no number is used twice, the chain verifies', async () => {
    const file = tempFile('journal.db');
    const random = seeded(20_200_301);
    const acked = new Map<string, string>();
    for (let round = 1; round <= ROUNDS; round++) {
      const lines = await appendUntilKilled(file, round, 30 + random.below(150));
      for (const line of lines) {
        const [epoch, seq, passage = ''] = line.split('/');
        expect(acked.has(`${epoch}/${seq}`)).toBe(false);
        acked.set(`${epoch}/${seq}`, passage);
      }
    }
    expect(acked.size).toBeGreaterThan(ROUNDS * 5);

    const held = everythingIn(file);
    for (const [position, passage] of acked) expect(held.get(position), position).toBe(passage);
  }, 60_000);

  /** The passage at each position, read as the outbox gives it; the chain must hold. */
  function everythingIn(file: string): Map<string, string> {
    const store = openJournalStore(file, crypto.sha256);
    expect(store.verifyChain()).toBeUndefined();
    store.acknowledge({ epoch: 0, seq: 0 });
    const held = new Map<string, string>();
    for (let batch = store.pending(1000); batch.events.length > 0; batch = store.pending(1000)) {
      for (const event of batch.events) {
        held.set(`${batch.epoch}/${event.seq}`, 'passage' in event ? event.passage : '');
      }
      store.acknowledge({ epoch: batch.epoch, seq: batch.events.at(-1)?.seq ?? 0 });
    }
    store.close();
    return held;
  }

  /** Runs the child until it has acknowledged something and `ms` more have passed; what it had acknowledged. */
  async function appendUntilKilled(file: string, round: number, ms: number): Promise<string[]> {
    const script = new URL('../fixtures/append-child.mjs', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, DIST.href, file, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let text = '';
    const ended = new Promise<void>((resolve) => {
      child.stdout.on('end', resolve);
    });
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, ms));
    child.kill('SIGKILL');
    await ended;
    // The last line may be cut off: it was not told whole, so it does not count.
    return text.split('\n').slice(0, -1);
  }
});

function commitsIn(wal: string): number {
  const bytes = readFileSync(wal);
  let commits = 0;
  for (let at = 32; at + 24 <= bytes.length; at += 24 + 1024) {
    if (bytes.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
}
