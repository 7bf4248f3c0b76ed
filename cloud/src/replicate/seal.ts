import { segmentEntriesCountMax } from '@greengate/contracts/limits';
import { type SegmentLevel, segmentHash } from '@greengate/contracts/replica/segment';
import type { StreamName } from '@greengate/contracts/replica/streams';
import { hourSegmentsCountMax, minuteSegmentsCountMax } from '../limits.ts';
import type { Clock, SegmentInfo } from '../ports.ts';
import { type SegmentDeps, signChanges } from './segments.ts';

type SealDeps = SegmentDeps & { readonly clock: Clock };

/**
 * Turns the changes that no segment holds yet into `minute` segments, then merges full runs of minutes into
 * hours and hours into days, so that a manifest stays short.
 */
export async function sealStream(deps: SealDeps, stream: StreamName): Promise<void> {
  const { epoch, head } = await deps.store.stream(stream);
  let from = (await deps.store.segments(stream, epoch)).at(-1)?.to ?? 0;
  while (from < head) {
    const to = await add(deps, stream, epoch, 'minute', from, head, []);
    if (to === undefined) return;
    from = to;
  }
  for (const step of MERGES) {
    const run = fullRun(await deps.store.segments(stream, epoch), step);
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) continue;
    const replaced = run.map((one) => one.hash);
    await add(deps, stream, epoch, step.into, first.from, last.to, replaced);
  }
}

interface Merge {
  readonly level: SegmentLevel;
  readonly into: SegmentLevel;
  readonly count: number;
}

const MERGES: readonly Merge[] = [
  { level: 'minute', into: 'hour', count: minuteSegmentsCountMax },
  { level: 'hour', into: 'day', count: hourSegmentsCountMax },
];

/** The oldest `count` neighbours of a level, cut where one segment could not hold their changes. Pure. */
export function fullRun(segments: readonly SegmentInfo[], { level, count }: Merge): SegmentInfo[] {
  const run = segments.filter((one) => one.level === level).slice(0, count);
  const start = run[0]?.from ?? 0;
  const fits = run.filter((one) => one.to - start <= segmentEntriesCountMax);
  return run.length === count && fits.length > 1 ? fits : [];
}

/** Answers how far the segment reaches; undefined when another process was there first. */
async function add(
  { store, keys, sha256, clock }: SealDeps,
  stream: StreamName,
  epoch: number,
  level: SegmentLevel,
  from: number,
  upTo: number,
  replaces: readonly string[],
): Promise<number | undefined> {
  const signedAt = clock.now();
  const head = { stream, epoch, level, from, to: upTo, head: upTo, part: 0, parts: 1, signedAt };
  const { bytes, to } = await signChanges({ store, keys, sha256 }, head, segmentEntriesCountMax);
  const hash = segmentHash(bytes, sha256);
  const info = { level, from, to, hash, bytes: bytes.length };
  const added = await store.addSegment(stream, epoch, info, bytes, replaces, signedAt);
  return added ? to : undefined;
}
