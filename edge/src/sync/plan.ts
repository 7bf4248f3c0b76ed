import type { Sha256Hex } from '@greengate/contracts/ids';
import type { Manifest } from '@greengate/contracts/replica/manifest';
import type { StreamMark } from '../ports.ts';

/** A segment that is to be fetched, by its address and length. */
export interface Fetch {
  readonly hash: Sha256Hex;
  readonly bytes: number;
}

/**
 * What brings a gateway from where it stands to the newest sealed change with the fewest bytes: the run of segments past
 * its cursor, or the snapshot and the segments past that. Parts of a snapshot that are applied are not fetched again.
 * Undefined: the segments begin behind the cursor and there is no snapshot. Pure.
 */
export function planFetches(
  { cursor, snapshot: begun }: StreamMark,
  { segments, snapshot }: Manifest,
): readonly Fetch[] | undefined {
  const past = (from: number): readonly Fetch[] | undefined => {
    const run = segments.filter(({ to }) => to > from).sort((a, b) => a.from - b.from);
    const starts = run[0] === undefined || run[0].from <= from;
    return starts ? run.map(({ hash, bytes }) => ({ hash, bytes })) : undefined;
  };
  const run = past(cursor);
  if (!snapshot || snapshot.to <= cursor) return run;
  const parts = snapshot.parts.slice(begun?.to === snapshot.to ? begun.parts : 0);
  const rest = past(snapshot.to);
  const whole = rest && [...parts, ...rest];
  if (!run || !whole) return run ?? whole;
  return bytesOf(whole) < bytesOf(run) ? whole : run;
}

function bytesOf(fetches: readonly Fetch[]): number {
  return fetches.reduce((sum, { bytes }) => sum + bytes, 0);
}
