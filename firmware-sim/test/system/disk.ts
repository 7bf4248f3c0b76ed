import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, refuse } from '@greengate/contracts/result';
import type { PassageDraft } from '@greengate/contracts/wire/passage';
import Database from 'libsql';
import type { Journal, JournalPosition, ReplicaWriter } from '../../../edge/dist/ports.js';
import type { StationStorage } from '../../../edge/dist/station.js';
import { openJournalFile, withJournal } from '../../../edge/dist/store/journal-file.js';
import type { JournalStore } from '../../../edge/dist/store/journal-store.js';
import { isDamage, openOrRebuild, rebuild } from '../../../edge/dist/store/quarantine.js';
import { openReplicaStore, type ReplicaStore } from '../../../edge/dist/store/replica-store.js';
import type { Prng } from '../../dist/prng.js';
import { rememberedCrypto as crypto } from './checks.ts';

/** The disk of one box, as the faults of the run make it. */
export interface DiskState {
  health: 'well' | 'full' | 'hangs';
  /** Which of its files it is that cannot be written; absent: each. */
  file: 'journal.db' | 'replica.db' | undefined;
}

/** Waits while the disk hangs; throws as SQLite does where the file cannot grow. */
async function wellDisk(disk: DiskState, file: DiskState['file'], steps: Steps): Promise<void> {
  const isWell = () => disk.health === 'well' || (disk.file ?? file) !== file;
  while (disk.health === 'hangs' && !isWell()) await steps.hop(50);
  if (!isWell())
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
}

/** What a box lets its adapters do: take time, and die at any of its awaits. */
export interface Steps {
  /** Resolves after `ms` of virtual time; never, when the box dies before. */
  hop(ms: number): Promise<void>;
  readonly alive: () => boolean;
}

export const GATEWAY_FILES = ['journal.db', 'journal.db-wal', 'replica.db', 'replica.db-wal'];

export interface OpenJournal {
  readonly port: Journal & StationStorage['journal'] & { lastTrustedAt(): Promise<number> };
  readonly damage: string | undefined;
  /** The next commit is torn: it is written, and nobody is told. */
  tearNext(torn: (bytesBefore: number) => void): void;
  /** Events that the cloud has not acknowledged. */
  pending(): number;
  close(): void;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

interface Waiting {
  readonly draft: PassageDraft;
  readonly resolve: (position: JournalPosition) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The real journal behind its port, without the thread: appends that come while the disk is at work share the next
 * commit, as they do there. `onDurable` hears of each that is on the disk, before anybody is told.
 */
export function openJournal(
  folder: string,
  steps: Steps,
  disk: DiskState,
  prng: Prng,
  wall: () => number,
  watch: {
    durable(draft: PassageDraft, position: JournalPosition): void;
    damaged(file: 'journal.db'): void;
  },
): OpenJournal {
  const file = join(folder, 'journal.db');
  const { opened, damage } = openJournalFile(file, sha256, wall());
  const held = { file, store: opened };
  // As the journal's thread does it: damage that is met later sets the file aside as well, and what was in it with it.
  const using = <T>(work: (store: JournalStore) => T): T => {
    const before = held.store;
    const answer = withJournal(held, sha256, wall, work);
    if (held.store !== before) watch.damaged('journal.db');
    return answer;
  };
  const waiting: Waiting[] = [];
  let committing = false;
  let torn: ((bytesBefore: number) => void) | undefined;

  const commitAll = async () => {
    committing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 256);
      await steps.hop(1 + prng.below(8));
      try {
        await wellDisk(disk, 'journal.db', steps);
        const before = torn ? walBytes(file) : 0;
        const positions = using((store) => store.append(batch.map(({ draft }) => draft)));
        torn?.(before);
        if (!steps.alive()) return;
        for (const [i, { draft }] of batch.entries())
          watch.durable(draft, positions[i] as JournalPosition);
        await steps.hop(0);
        for (const [i, { resolve }] of batch.entries()) resolve(positions[i] as JournalPosition);
      } catch (error) {
        for (const { reject } of batch) reject(error as Error);
      }
    }
    committing = false;
  };
  const ask = async <T>(work: (store: JournalStore) => T, writes = false): Promise<T> => {
    await steps.hop(prng.below(2));
    if (writes) await wellDisk(disk, 'journal.db', steps);
    return using(work);
  };

  return {
    damage,
    port: {
      append: (draft) =>
        new Promise((resolve, reject) => {
          waiting.push({ draft, resolve, reject });
          if (!committing) void commitAll();
        }),
      pending: (limit) => ask((store) => store.pending(limit)),
      acknowledge: (position) =>
        ask((store) => {
          store.acknowledge(position);
          store.prune();
        }, true),
      state: () => ask((store) => store.state()),
      openPassages: () => ask((store) => store.openPassages()),
      lastAdmitted: () => ask((store) => store.lastAdmitted()),
      beginAgain: (epoch) => ask((store) => store.beginAgain(epoch), true),
      lastTrustedAt: () => ask((store) => store.lastTrustedAt()),
    },
    pending: () => held.store.state().pending,
    tearNext(then) {
      torn = then;
    },
    close: () => held.store.close(),
  };
}

export interface OpenWriter {
  readonly port: ReplicaWriter;
  readonly damage: string | undefined;
  close(): void;
}

/** The real replica's writer behind its port, one call of a stream at a time, as its thread has it. */
export function openWriter(
  folder: string,
  keys: { readonly rootKey: Uint8Array; readonly sealKey: Uint8Array },
  steps: Steps,
  disk: DiskState,
  prng: Prng,
  onRebuilt: () => void,
): OpenWriter {
  const file = join(folder, 'replica.db');
  const open = () => openReplicaStore({ file, ...keys }, crypto);
  const result = openOrRebuild<ReplicaStore>(file, 'newest', open, (opened) => opened.check());
  let store = result.opened;
  const turns = new Map<string, Promise<unknown>>();
  const well = () => wellDisk(disk, 'replica.db', steps);
  const pause = async () => {
    await steps.hop(15);
    await well();
  };

  const ask = <T>(stream: string, work: (used: ReplicaStore) => Promise<T> | T): Promise<T> => {
    const turn = (turns.get(stream) ?? Promise.resolve()).then(async () => {
      await steps.hop(prng.below(3));
      const used = store;
      try {
        const answer = await work(used);
        await steps.hop(0);
        return answer;
      } catch (error) {
        if (!isDamage(error)) throw error;
        if (used === store) {
          store = rebuild(file, used, open);
          onRebuilt();
        }
        return refuse('replica-damaged') as T;
      }
    });
    turns.set(
      stream,
      turn.catch(() => undefined),
    );
    return turn;
  };
  return {
    damage: result.damage,
    port: {
      mark: (stream) => ask(stream, (used) => used.mark(stream)),
      offerManifest: (stream, bytes) =>
        ask(stream, async (used) => {
          await well();
          return used.offerManifest(stream, bytes);
        }),
      offerSegment: (stream, bytes, hash) =>
        ask(stream, async (used) => {
          await well();
          return used.offerSegment(stream, bytes, hash, pause);
        }),
      scrub: (stream) =>
        ask(stream, async (used) =>
          (await used.scrub(stream, pause)) ? refuse('replica-damaged') : ok(undefined),
        ),
      readDigests: (stream) => ask(stream, (used) => used.readDigests(stream, pause)),
      offerDigests: (stream, bytes) =>
        ask(stream, async (used) => {
          await well();
          return used.offerDigests(stream, bytes, pause);
        }),
      offerBucket: (stream, bucket, bytes) =>
        ask(stream, async (used) => {
          await well();
          return used.offerBucket(stream, bucket, bytes, pause);
        }),
    },
    close: () => store.close(),
  };
}

function walBytes(file: string): number {
  return existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0;
}

/** Power loss: what was written past `from` arrived in part, or not, or as something else. */
export function tear(folder: string, name: string, from: number, prng: Prng): void {
  const file = join(folder, `${name}-wal`);
  if (!existsSync(file)) return;
  const { size } = statSync(file);
  if (size <= from) return;
  const at = from + prng.below(size - from);
  if (prng.below(2) === 0) {
    truncateSync(file, at);
    return;
  }
  const bytes = readFileSync(file);
  for (let i = at; i < Math.min(size, at + 512); i++) bytes[i] = prng.below(256);
  writeFileSync(file, bytes);
}

/** Turns bits of a file that a process which died has left; what lay in its WAL lies in it then. */
export function turnBits(folder: string, name: 'journal.db' | 'replica.db', prng: Prng): void {
  const file = join(folder, name);
  if (!existsSync(file)) return;
  const db = new Database(file);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const bytes = readFileSync(file);
  for (let n = 1 + prng.below(40); n > 0; n--) {
    const at = prng.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << prng.below(8));
  }
  writeFileSync(file, bytes);
}

/** Every byte of the files of a box. */
export function* filesOf(folder: string): Generator<Buffer> {
  for (const name of GATEWAY_FILES) {
    if (existsSync(join(folder, name))) yield readFileSync(join(folder, name));
  }
}
