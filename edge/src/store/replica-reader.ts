import { existsSync } from 'node:fs';
import type { TrustList } from '@greengate/contracts/code/trust';
import type { ReplicaKey } from '@greengate/contracts/ids';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { ReplicaReader } from '../ports.ts';
import { openReader } from './database.ts';
import { lookUp } from './leaf.ts';
import { type LeafTableName, leafFor, rowId } from './leaf-table.ts';
import { readState, type StreamState } from './replica-state.ts';
import { createSeal } from './seal.ts';

/** The lanes' view of replica.db, on the main thread: a read-only connection and prepared statements. */
export interface ReplicaView extends ReplicaReader {
  /** Reads streams and documents anew, after the writer said that something was applied. */
  refresh(): void;
  /** Opens the file anew: the writer has set the one before aside. */
  reopen(): void;
  streams(): readonly StreamState[];
  /** Look-ups so far that found a row damaged or lost. */
  unknowns(): number;
  close(): void;
}

/** Nobody can say what the replica held of a key: not green, and not absent either. */
export class ReplicaUnknown extends Error {
  override readonly name = 'ReplicaUnknown';
}

/**
 * `followed`: the streams that this gateway is configured for. What an earlier configuration left behind says
 * nothing of age or version, and a stream that never came makes the replica incomplete. Absent: all there are.
 */
export function openReplicaView(
  file: string,
  sealKey: Uint8Array,
  followed?: readonly StreamName[],
): ReplicaView {
  let open = openTables(file, sealKey);
  let trust: TrustList | undefined;
  let policy: AdmissionPolicy | undefined;
  let streams: readonly StreamState[] = [];
  let unknowns = 0;

  const statusStreams = () =>
    (followed ?? streams.map((row) => row.name))
      .filter((name) => name !== CONTROL)
      .map((name) => streams.find((row) => row.name === name));

  const look = (table: LeafTableName, stream: StreamName | undefined, key: ReplicaKey) => {
    // Before the first manifest there is nothing to hold.
    if (stream === undefined) return undefined;
    const found = open.look(table, stream, key);
    if (found !== 'unknown') return found === 'absent' ? undefined : found;
    unknowns += 1;
    throw new ReplicaUnknown(`a row of ${stream} is damaged or lost`);
  };
  const held = (ofRed: boolean) =>
    streams.find(({ name }) => name !== CONTROL && (name === RED) === ofRed)?.name;

  const view: ReplicaView = {
    status: (key) => look('leaf_region', held(false), key),
    red: (key) => look('leaf_red', held(true), key),
    trust: () => trust,
    policy: () => policy,
    version: () => regionCursor(statusStreams()),
    syncedAt: () => oldestSync(statusStreams()),
    streams: () => streams,
    unknowns: () => unknowns,
    refresh() {
      const state = open.state();
      streams = state.streams;
      // A document that was damaged since it was read stays in force as it was read.
      for (const document of state.documents) {
        if (document.name === 'trust-list') trust = document.body;
        else policy = document.body;
      }
    },
    reopen() {
      const before = open;
      open = openTables(file, sealKey);
      before.close();
      view.refresh();
    },
    close: () => open.close(),
  };
  view.refresh();
  return view;
}

/**
 * The replica that the start before left, at once: its thread looks through it later. Undefined where there is none, or it is so
 * damaged that it does not open; its thread makes one, or sets it aside.
 */
export function openLastReplica(
  file: string,
  sealKey: Uint8Array,
  followed?: readonly StreamName[],
): ReplicaView | undefined {
  try {
    // Opening one that is not there would make an empty file, which is none.
    return existsSync(file) ? openReplicaView(file, sealKey, followed) : undefined;
  } catch {
    return undefined;
  }
}

function openTables(file: string, sealKey: Uint8Array) {
  const db = openReader(file);
  const seal = createSeal(sealKey);
  const leaf = (table: LeafTableName) => db.prepare<{ leaf: Uint8Array }>(leafFor(table));
  const tables = { leaf_red: leaf('leaf_red'), leaf_region: leaf('leaf_region') };
  return {
    state: readState(db, seal),
    look(
      table: LeafTableName,
      stream: StreamName,
      key: ReplicaKey,
    ): CachedStatus | 'absent' | 'unknown' {
      const row = tables[table].get(rowId(key));
      return row ? lookUp(row.leaf, key, stream, seal) : 'unknown';
    },
    close: () => db.close(),
  };
}

function regionCursor(streams: readonly (StreamState | undefined)[]): number {
  return streams.find((row) => row !== undefined && row.name !== RED)?.cursor ?? 0;
}

/** The replica is as old as its oldest stream of statuses; undefined while one was never complete. */
function oldestSync(streams: readonly (StreamState | undefined)[]): EpochMs | undefined {
  const times = streams.map((row) => row?.syncedAt ?? 0);
  const oldest = Math.min(...times);
  return times.length > 0 && oldest > 0 ? epochMs(oldest) : undefined;
}
