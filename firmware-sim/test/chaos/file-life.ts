import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { laneIdSchema, passageIdSchema, type ReplicaKey } from '@greengate/contracts/ids';
import { encodeManifest } from '@greengate/contracts/replica/manifest';
import { encodeSegment, type Segment } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import {
  CONTROL,
  RED,
  type StreamName,
  streamNameSchema,
} from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import type { PassageDraft } from '@greengate/contracts/wire/passage';
import { loadSealKey } from '../../../edge/dist/store/gateway-key.js';
import { openJournalStore } from '../../../edge/dist/store/journal-store.js';
import { openReplicaStore, type ReplicaStore } from '../../../edge/dist/store/replica-store.js';
import { createNodeCrypto } from '../../../edge/dist/verify/node-crypto.js';
import type { Prng } from '../../dist/prng.js';
import { runKey } from '../../dist/system/keys.js';

export const NOW = epochMs(Date.UTC(2026, 5, 1));
export const REGION = streamNameSchema.parse('region/330100');
const rootKey = runKey('root');
export const rootKeyRaw = new Uint8Array(Buffer.from(rootKey.publicKey, 'hex'));
const replicaKey = runKey('replica');
const crypto = createNodeCrypto();
const lane = laneIdSchema.parse('lane-1');

const PEOPLE = 500;
const DAY_MS = 86_400_000;
const LIVES = 3;
const COMMITS = 25;

/** One event as it was committed; the n-th row of the journal. */
export interface Committed {
  readonly epoch: number;
  readonly seq: number;
  readonly draft: PassageDraft;
}

/** What a gateway's files held when they were copied, and what they held at every commit before. */
export interface Life {
  readonly events: readonly Committed[];
  /** Every person, by the key under which the streams know them. */
  readonly people: readonly ReplicaKey[];
  /** The segments of each stream in order, each a commit of its own. */
  readonly segments: ReadonlyMap<StreamName, readonly Segment[]>;
  /** Puts the newest manifest and every segment that is missing into a replica. */
  heal(store: ReplicaStore): Promise<void>;
}

/**
 * Lives a while as a gateway does and copies its files while they are open, as a power cut finds them: both databases with
 * what is folded in and what is in the WAL. `before`: the same files a while earlier, to be mixed in as stale ones.
 */
export async function live(folder: string, before: string, prng: Prng): Promise<Life> {
  // Apart from what is tried: libSQL closes a file once its statements are collected, and then folds in the WAL beside it.
  const alive = `${folder}-life`;
  for (const each of [folder, before, alive]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const events = liveJournal(alive, folder, before, prng.fork('journal'));
  const people = Array.from({ length: PEOPLE }, (_, at) => keyOf(at));
  const segments = planSegments(people, prng.fork('segments'));
  await liveReplica(alive, folder, before, segments);
  const part = Buffer.concat([Buffer.from('a'.repeat(64)), Buffer.alloc(5000, 7)]);
  writeFileSync(join(folder, 'part-region-330100'), part);
  const record = { boot: 'b', phase: 'deciding', crashes: [1, 2], safeStarts: 0 };
  writeFileSync(join(folder, 'start.json'), JSON.stringify(record));
  return { events, people, segments, heal: (store) => fetchAll(store, segments) };
}

/** The pseudonym of the n-th person; those past the people are strangers. */
export function keyOf(n: number): ReplicaKey {
  return createHash('sha256').update(`person ${n}`).digest('hex').slice(0, 16) as ReplicaKey;
}

function liveJournal(alive: string, folder: string, before: string, prng: Prng): Committed[] {
  const file = join(alive, 'journal.db');
  const events: Committed[] = [];
  for (let life = 1; life <= LIVES; life++) {
    const store = openJournalStore(file, crypto.sha256);
    for (let commit = 0; commit < COMMITS; commit++) {
      const drafts = Array.from({ length: 1 + prng.below(4) }, () => draftOf(prng));
      const at = store.append(drafts);
      events.push(...drafts.map((draft, n) => ({ ...(at[n] ?? { epoch: 0, seq: 0 }), draft })));
      const last = at.at(-1);
      if (last && commit % 6 === 5) store.acknowledge(last);
      if (life === LIVES && commit === 5) copyOpen(file, join(before, 'journal.db'));
      if (life === LIVES && commit === 10) store.anchor();
    }
    if (life === LIVES) copyOpen(file, join(folder, 'journal.db'));
    store.close();
  }
  return events;
}

function draftOf(prng: Prng): PassageDraft {
  const passage = passageIdSchema.parse(
    createHash('sha256').update(String(prng.unit())).digest('hex').slice(0, 32),
  );
  const at = NOW - prng.below(DAY_MS);
  return prng.below(2) === 0
    ? { kind: 'outcome', at, passage, lane, outcome: 'completed' }
    : {
        ...{ kind: 'intent', at, clock: 'trusted', passage, lane, key: keyOf(prng.below(PEOPLE)) },
        ...{ verdict: 'admit', reason: 'status-green', rung: 'replica', staleness: 'fresh' },
        ...{ replicaVer: 1, policyVer: 1, step: prng.below(1000) },
      };
}

const COLOURS = ['green', 'green', 'yellow', 'red', 'pending'] as const;

/** A snapshot of everybody, then changes; reds stand in their own stream too. */
function planSegments(people: readonly ReplicaKey[], prng: Prng): Map<StreamName, Segment[]> {
  const streams = new Map<StreamName, Segment[]>([
    [RED, []],
    [REGION, []],
  ]);
  let ver = 0;
  const reds = new Set<ReplicaKey>();
  for (let round = 0; round < 12; round++) {
    const from = ver;
    const changed = round === 0 ? people : people.filter(() => prng.below(25) === 0);
    const entries = changed.map((key): StatusEntry => {
      ver += 1;
      const colour = prng.pick(COLOURS);
      return { ver, key, colour, nextColour: 'pending', validUntil: epochMs(NOW + DAY_MS) };
    });
    // A status that was red and is not any more is told on the stream of reds as well.
    const told = entries.filter(({ key, colour }) => colour === 'red' || reds.has(key));
    for (const { key } of told) reds.add(key);
    if (entries.length === 0) continue;
    streams.get(REGION)?.push(segmentOf(REGION, from, ver, entries));
    streams.get(RED)?.push(segmentOf(RED, from, ver, told));
  }
  return streams;
}

function segmentOf(
  stream: StreamName,
  from: number,
  to: number,
  entries: readonly StatusEntry[],
): Segment {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    ...{ stream, epoch: 1, level: 'tail', from, to, head: to, part: 0, parts: 1 },
    ...{ signedAt: NOW, kind: 'status', entries: sorted },
  };
}

async function liveReplica(
  alive: string,
  folder: string,
  before: string,
  segments: ReadonlyMap<StreamName, readonly Segment[]>,
): Promise<void> {
  const file = join(alive, 'replica.db');
  const open = () => openStore(file, folder);
  let store = open();
  await fetchAll(store, new Map([...segments].map(([name, all]) => [name, all.slice(0, 4)])));
  store.close();
  store = open();
  await fetchAll(store, new Map([...segments].map(([name, all]) => [name, all.slice(0, 7)])));
  copyOpen(file, join(before, 'replica.db'));
  await fetchAll(store, segments);
  copyOpen(file, join(folder, 'replica.db'));
  store.close();
}

export function openStore(file: string, folder: string): ReplicaStore {
  return openReplicaStore({ file, rootKey: rootKeyRaw, sealKey: loadSealKey(folder) }, crypto);
}

/** As the loops do: the newest manifest, then what follows the cursor. */
async function fetchAll(
  store: ReplicaStore,
  segments: ReadonlyMap<StreamName, readonly Segment[]>,
): Promise<void> {
  const noPause = () => Promise.resolve();
  const control = controlSegment();
  const all = new Map<StreamName, readonly Segment[]>([[CONTROL, [control]], ...segments]);
  for (const [stream, list] of all) {
    const sign = stream === CONTROL ? rootKey.sign : replicaKey.sign;
    const head = list.at(-1)?.to ?? 0;
    const empty = { epoch: 1, segments: [], snapshot: null };
    const manifest = encodeManifest({ stream, head, signedAt: NOW, ...empty }, sign);
    store.offerManifest(stream, manifest);
    // Each pass may find damage and begin anew; a third one finds none.
    for (let tries = 0; tries < 3 * list.length; tries++) {
      const cursor = store.mark(stream)?.cursor ?? 0;
      const next = list.find(({ from, to }) => from === cursor && to > cursor);
      if (!next) break;
      const bytes = encodeSegment(next, crypto.sha256, sign);
      await store.offerSegment(stream, bytes, undefined, noPause);
    }
  }
}

function controlSegment(): Segment {
  const key = (each: typeof replicaKey, purpose: 'replica' | 'issue') => ({
    ...{ keyId: each.keyId, publicKey: each.publicKey, purpose, issuer: '330100' },
    ...{ environment: 'production', notBefore: NOW - 100 * DAY_MS, notAfter: NOW + 100 * DAY_MS },
  });
  const keys = [key(replicaKey, 'replica'), key(runKey('issuer'), 'issue')];
  const trust = { version: 1, environment: 'production', keys, issuersAccepted: ['330100'] };
  return {
    ...{ stream: CONTROL, epoch: 1, level: 'tail', from: 0, to: 2, head: 2, part: 0, parts: 1 },
    ...{ signedAt: NOW, kind: 'control', unread: 0 },
    documents: [
      { name: 'trust-list', ver: 1, body: trust },
      { name: 'admission-policy', ver: 2, body: DEFAULT_POLICY },
    ],
  } as Segment;
}

function copyOpen(file: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm', '.head', '.epoch'])
    if (existsSync(file + suffix)) copyFileSync(file + suffix, to + suffix);
}
