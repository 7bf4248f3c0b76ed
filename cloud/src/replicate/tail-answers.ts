import { tailAnswersCountMax, tailEntriesCountMax } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { type SegmentDeps, type SignedChanges, signChanges } from './segments.ts';
import type { TailMark } from './tail.ts';

/** The changes past a mark up to a head that the stream has, `tailEntriesCountMax` of them at most, as a signed segment. */
export type TailAnswers = (mark: TailMark, head: number) => Promise<SignedChanges>;

/**
 * An answer is signed once for all who stand at its mark, whether they are held or follow live, and kept until the
 * stream has grown often enough; an empty one, a heartbeat, for a second.
 */
export function makeTailAnswers(deps: SegmentDeps & { readonly clock: Clock }): TailAnswers {
  const answers = new Map<string, Promise<SignedChanges>>();
  return ({ stream, epoch, after }, head) => {
    const second = Math.floor(deps.clock.now() / 1000);
    const key = `${stream}/${epoch}/${after}/${head > after ? head : `idle-${second}`}`;
    const kept = answers.get(key);
    if (kept !== undefined) return kept;
    const signedAt = deps.clock.now();
    const bounds = { from: after, to: head, head, part: 0, parts: 1 };
    const segment = { stream, epoch, level: 'tail', ...bounds, signedAt } as const;
    const made = signChanges(deps, segment, tailEntriesCountMax);
    made.catch(() => answers.delete(key));
    answers.set(key, made);
    const oldest = answers.keys().next().value;
    if (answers.size > tailAnswersCountMax && oldest !== undefined) answers.delete(oldest);
    return made;
  };
}
