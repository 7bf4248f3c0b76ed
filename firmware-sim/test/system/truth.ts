import type { ReplicaKey } from '@greengate/contracts/ids';
import { colourAt, type StatusEntry } from '@greengate/contracts/replica/status-entry';
import { RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import type { Store } from '../../../cloud/dist/ports.js';
import { REGION } from './cloud-node.ts';
import type { BoxRecord, Known, Report } from './oracles.ts';
import type { Actor } from './world.ts';

/** Every change that the cloud ever published, epoch by epoch: also those that a restore took back. */
export interface Truth {
  /** Reads what a cloud holds: before it dies, and at the end. */
  read(store: Store): Promise<void>;
  /** What was published of a key past `after`, oldest first; `at` or before it the newest. */
  of(stream: StreamName, epoch: number, key: ReplicaKey): readonly StatusEntry[];
}

const changesMax = 100_000;

export function newTruth(): Truth {
  const logs = new Map<string, Map<number, StatusEntry>>();
  return {
    async read(store) {
      for (const stream of [RED, regionStream(REGION)]) {
        const { epoch, head } = await store.stream(stream);
        const name = `${stream} ${epoch}`;
        const log = logs.get(name) ?? new Map<number, StatusEntry>();
        logs.set(name, log);
        for (const entry of await store.changes(stream, 0, head, changesMax))
          log.set(entry.ver, entry);
      }
    },
    of: (stream, epoch, key) =>
      [...(logs.get(`${stream} ${epoch}`)?.values() ?? [])]
        .filter((entry) => entry.key === key)
        .sort((a, b) => a.ver - b.ver),
  };
}

/**
 * S1: nobody is let through whom the newest state that the gateway could have known keeps out. Knows people as they
 * were made and the change log; nothing of codes, caches and rules.
 */
export function judgeAdmissions(
  label: string,
  record: BoxRecord,
  actors: readonly Actor[],
  truth: Truth,
  report: Report,
): void {
  for (const { intent, known } of record.passages.values()) {
    if (intent.verdict !== 'admit' || known.policy?.mode === 'do-not-check') continue;
    const actor = actors.find(({ key }) => key !== undefined && key === intent.key);
    const why = actor ? forbids(actor, intent.at, known, truth) : 'nobody knows whose code it is';
    if (why !== undefined)
      report(
        'S1',
        `${label} ${intent.lane} admitted ${actor?.passenger.person.id ?? 'a stranger'}: ${why}`,
      );
  }
}

function forbids(
  { passenger, key }: Actor,
  at: number,
  known: Known,
  truth: Truth,
): string | undefined {
  const { person } = passenger;
  if (person.flaw !== null) return `the code is ${person.flaw}`;
  if (person.carrier === 'paper') return 'paper proves nobody';
  if (key === undefined) return 'the code has no key';
  if (!known.policy) return 'there was no policy';
  const red = possible(RED, key, known, truth);
  if (red.length > 0 && red.every((entry) => colourAt(entry, epochMs(at)) === 'red'))
    return 'red by the red stream';
  const region = possible(regionStream(REGION), key, known, truth);
  if (region.length > 0 && region.every((entry) => colourAt(entry, epochMs(at)) !== 'green'))
    return 'not green by the region';
  return staleness(at, known, known.policy);
}

/** The newest change that the gateway held, and all that came later: a slice of those may be in force already. */
function possible(stream: StreamName, key: ReplicaKey, known: Known, truth: Truth): StatusEntry[] {
  const held = known.streams.get(stream);
  if (!held) return [];
  const all = truth.of(stream, held.epoch, key);
  const newest = all.filter(({ ver }) => ver <= held.cursor).at(-1);
  return newest ? [newest, ...all.filter(({ ver }) => ver > held.cursor)] : [];
}

function staleness(at: number, known: Known, policy: AdmissionPolicy): string | undefined {
  if (policy.whenBlind !== 'refer') return undefined;
  const times = [RED, regionStream(REGION)].map(
    (stream) => known.streams.get(stream)?.completeAt ?? 0,
  );
  const age = at - Math.min(...times);
  return age > policy.staleness.blindAfterSeconds * 1000 ? `blind for ${age} ms` : undefined;
}
