import type { Crypto } from '@greengate/contracts/crypto';
import type { ControlDocument } from '@greengate/contracts/replica/control';
import { encodeSegment, type SegmentHead } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import type { Keys, Signer, StreamStore } from '../ports.ts';

/** The root key speaks for keys and policies, the replica key for statuses. */
export function signerFor(stream: StreamName, keys: Pick<Keys, 'root' | 'replica'>): Signer {
  return stream === CONTROL ? keys.root : keys.replica;
}

export interface SegmentDeps {
  readonly store: StreamStore;
  readonly keys: Pick<Keys, 'root' | 'replica'>;
  readonly sha256: Crypto['sha256'];
}

/** A segment, and the version that it really reaches. */
export interface SignedChanges {
  readonly bytes: Uint8Array;
  readonly to: number;
}

/**
 * Signs the changes past `head.from`, at most `count` of them and none past `head.to`: one row a key, or one
 * document a name, each the latest.
 */
export async function signChanges(
  deps: SegmentDeps,
  head: SegmentHead,
  count: number,
): Promise<SignedChanges> {
  const { stream, from } = head;
  const { sign } = signerFor(stream, deps.keys);
  if (stream === CONTROL) {
    const log = await deps.store.documents(from, head.to, count);
    const to = reached(log, head, count);
    const documents = latest(log, (document: ControlDocument) => document.name);
    const segment = { ...head, to, kind: 'control', documents, unread: 0 } as const;
    return { bytes: encodeSegment(segment, deps.sha256, sign), to };
  }
  const log = await deps.store.changes(stream, from, head.to, count);
  const to = reached(log, head, count);
  const entries = latest(log, (entry: StatusEntry) => entry.key);
  const segment = { ...head, to, kind: 'status', entries } as const;
  return { bytes: encodeSegment(segment, deps.sha256, sign), to };
}

function reached(log: readonly { ver: number }[], head: SegmentHead, count: number): number {
  return log.length < count ? head.to : (log.at(-1)?.ver ?? head.to);
}

function latest<T>(log: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(log.map((item) => [keyOf(item), item])).values()];
}
