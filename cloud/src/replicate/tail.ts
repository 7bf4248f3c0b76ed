import type { StreamName } from '@greengate/contracts/replica/streams';
import { tailAnswersCountMax, tailEntriesCountMax } from '../limits.ts';
import type { Clock, Metrics } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { type SegmentDeps, signChanges } from './segments.ts';
import type { Waiters } from './waiters.ts';

/** Where a gateway stands in a stream. */
export interface TailMark {
  readonly stream: StreamName;
  readonly epoch: number;
  readonly after: number;
}

/** Changes past a mark, as a signed segment; held until there is one, empty when none came. */
export type Tail = (mark: TailMark, waitMs: number, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * Everyone who is caught up gets the same bytes: an answer is signed once and kept until the stream grows; an
 * empty one, a heartbeat, for a second. Refuses `epoch-changed`, and `segment-gap` for a mark past the head,
 * which only a gateway that followed another cloud can hold.
 */
export function makeTail(
  deps: SegmentDeps & { readonly clock: Clock; readonly metrics: Metrics },
  waiters: Waiters,
): Tail {
  const answers = new Map<string, Promise<Uint8Array>>();

  const answer = ({ stream, epoch, after }: TailMark, head: number): Promise<Uint8Array> => {
    const second = Math.floor(deps.clock.now() / 1000);
    const key = `${stream}/${epoch}/${after}/${head > after ? head : `idle-${second}`}`;
    const kept = answers.get(key);
    if (kept !== undefined) return kept;
    const signedAt = deps.clock.now();
    const segment = {
      stream,
      epoch,
      level: 'tail',
      from: after,
      to: head,
      head,
      part: 0,
      parts: 1,
      signedAt,
    } as const;
    const made = signChanges(deps, segment, tailEntriesCountMax).then(({ bytes }) => bytes);
    made.catch(() => answers.delete(key));
    answers.set(key, made);
    const oldest = answers.keys().next().value;
    if (answers.size > tailAnswersCountMax && oldest !== undefined) answers.delete(oldest);
    return made;
  };

  const headPast = async ({ stream, epoch, after }: TailMark): Promise<number> => {
    const state = await deps.store.stream(stream);
    if (state.epoch !== epoch) throw new ProblemError('epoch-changed');
    if (after > state.head) throw new ProblemError('segment-gap');
    return state.head;
  };

  return async (mark, waitMs, signal) => {
    // Waits first, then looks: a change between the two would be missed the other way round.
    const looked = new AbortController();
    const change = waiters.wait(mark.stream, waitMs, AbortSignal.any([signal, looked.signal]));
    try {
      const head = await headPast(mark);
      if (head > mark.after || waitMs === 0) return await answer(mark, head);
      deps.metrics.tailsHeld(waiters.count());
      await change;
      return await answer(mark, await headPast(mark));
    } finally {
      looked.abort();
      deps.metrics.tailsHeld(waiters.count());
    }
  };
}
