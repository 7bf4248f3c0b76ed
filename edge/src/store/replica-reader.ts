import { COLOURS } from '@greengate/contracts/code/colour';
import type { TrustList } from '@greengate/contracts/code/trust';
import type { ReplicaKey } from '@greengate/contracts/ids';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { ReplicaReader } from '../ports.ts';
import { openReader, type Statement } from './database.ts';
import { readPolicy, readTrust, rowKey, type StreamRow } from './replica-store.ts';

/** The lanes' view of replica.db, on the main thread: a read-only connection and prepared statements. */
export interface ReplicaView extends ReplicaReader {
  /** Reads streams and documents anew, after the writer said that something was applied. */
  refresh(): void;
  streams(): readonly StreamRow[];
  close(): void;
}

interface StatusRow {
  readonly ver: number;
  readonly colours: number;
  readonly until: number;
}

/**
 * `followed`: the streams that this gateway is configured for. What an earlier configuration left behind says
 * nothing of age or version, and a stream that never came makes the replica incomplete. Absent: all there are.
 */
export function openReplicaView(file: string, followed?: readonly StreamName[]): ReplicaView {
  const db = openReader(file);
  const status = db.prepare<StatusRow>('SELECT ver, colours, until FROM status WHERE key = ?');
  const red = db.prepare<StatusRow>('SELECT ver, colours, until FROM red WHERE key = ?');
  const control = db.prepare<{ body: string }>('SELECT body FROM control WHERE name = ?');
  const allStreams = db.prepare<StreamRow>('SELECT * FROM stream ORDER BY name');

  let trust: TrustList | undefined;
  let policy: AdmissionPolicy | undefined;
  let streams: readonly StreamRow[] = [];

  const statusStreams = () =>
    (followed ?? streams.map((row) => row.name))
      .filter((name) => name !== CONTROL)
      .map((name) => streams.find((row) => row.name === name));

  const view: ReplicaView = {
    status: (key) => read(status, key),
    red: (key) => read(red, key),
    trust: () => trust,
    policy: () => policy,
    version: () => regionCursor(statusStreams()),
    syncedAt: () => oldestSync(statusStreams()),
    streams: () => streams,
    refresh() {
      streams = allStreams.all();
      trust = readTrust(control.get('trust-list')?.body);
      policy = readPolicy(control.get('admission-policy')?.body);
    },
    close: () => db.close(),
  };
  view.refresh();
  return view;
}

function read(statement: Statement<StatusRow>, key: ReplicaKey): CachedStatus | undefined {
  const row = statement.get(rowKey(key));
  const colour = row && COLOURS[row.colours & 3];
  const nextColour = row && COLOURS[(row.colours >> 2) & 3];
  if (!row || !colour || !nextColour) return undefined;
  return { ver: row.ver, colour, nextColour, validUntil: epochMs(row.until * 1000) };
}

function regionCursor(streams: readonly (StreamRow | undefined)[]): number {
  return streams.find((row) => row !== undefined && row.name !== RED)?.cursor ?? 0;
}

/** The replica is as old as its oldest stream of statuses; undefined while one was never complete. */
function oldestSync(streams: readonly (StreamRow | undefined)[]): EpochMs | undefined {
  const times = streams.map((row) => row?.synced_at ?? 0);
  const oldest = Math.min(...times);
  return times.length > 0 && oldest > 0 ? epochMs(oldest) : undefined;
}
