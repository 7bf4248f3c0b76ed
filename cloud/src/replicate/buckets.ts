import { DIGEST_BUCKETS_COUNT } from '@greengate/contracts/replica/digests';
import { encodeSegment, partOf } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { digestViewMsMax } from '../limits.ts';
import type { DigestDeps } from './digests.ts';
import { checkPast, readPast } from './past.ts';
import type { Ration } from './ration.ts';
import { signerFor } from './segments.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import type { TailMark } from './tail.ts';

/**
 * One bucket of a stream as it stood at a version: as a part of a snapshot of so many parts, which is what it is.
 * Refuses as `checkPast`.
 */
export type BucketAt = (mark: TailMark, bucket: number) => Promise<Uint8Array>;

export function makeBuckets(deps: DigestDeps, ration: Ration): BucketAt {
  let kept:
    | { readonly name: string; readonly view: Promise<View>; readonly drop: () => void }
    | undefined;

  const viewAt = ({ stream, epoch, after }: TailMark): Promise<View> => {
    const name = `${stream}/${epoch}/${after}`;
    if (kept?.name === name) return kept.view;
    kept?.drop();
    const view = ration(() => look(deps, { stream, epoch, after }));
    const forget = () => {
      if (kept?.view !== view) return;
      kept.drop();
      kept = undefined;
    };
    view.catch(forget);
    kept = { name, view, drop: deps.timers.after(digestViewMsMax, forget) };
    return view;
  };

  return async (mark, bucket) => {
    await checkPast(deps, mark);
    const { base, changed } = await viewAt(mark);
    const { stream, epoch, after: to } = mark;
    const fresh = changed.get(bucket) ?? new Map<string, StatusEntry>();
    const stayed = (await base.part(bucket, PARTS)).filter(({ key }) => !fresh.has(key));
    const head = { stream, epoch, level: 'snapshot', from: 0, to, head: to } as const;
    const part = { part: bucket, parts: PARTS, signedAt: deps.clock.now() };
    return encodeSegment(
      { ...head, ...part, kind: 'status', entries: [...stayed, ...fresh.values()] },
      deps.sha256,
      signerFor(stream, deps.keys).sign,
    );
  };
}

const PARTS = DIGEST_BUCKETS_COUNT;

interface View {
  readonly base: SnapshotReader;
  /** The latest of each key that changed since the snapshot, by bucket. */
  readonly changed: ReadonlyMap<number, ReadonlyMap<string, StatusEntry>>;
}

async function look(deps: DigestDeps, { stream, epoch, after }: TailMark): Promise<View> {
  const { base, changes } = await readPast(deps, stream, epoch, after);
  const changed = new Map<number, Map<string, StatusEntry>>();
  for (const change of changes) {
    const bucket = partOf(change.key, { parts: PARTS });
    const known = changed.get(bucket) ?? new Map<string, StatusEntry>();
    known.set(change.key, change);
    changed.set(bucket, known);
  }
  return { base, changed };
}
