import type { StreamName } from '@greengate/contracts/replica/streams';
import type { Metrics } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import type { Looks } from './looks.ts';
import type { TailAnswers } from './tail-answers.ts';
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
 * Everyone who is caught up gets the same bytes. Refuses `epoch-changed`, and `segment-gap` for a mark past the
 * head, which only a gateway that followed another cloud can hold.
 */
export function makeTail(
  {
    looks,
    answers,
    metrics,
  }: { readonly looks: Looks; readonly answers: TailAnswers; readonly metrics: Metrics },
  waiters: Waiters,
): Tail {
  const headPast = async ({ stream, epoch, after }: TailMark): Promise<number> => {
    const state = await looks(stream);
    if (state.epoch !== epoch) throw new ProblemError('epoch-changed');
    if (after > state.head) throw new ProblemError('segment-gap');
    return state.head;
  };
  const answer = async (mark: TailMark, head: number) => (await answers(mark, head)).bytes;

  return async (mark, waitMs, signal) => {
    // Waits first, then looks: a change between the two would be missed the other way round.
    const looked = new AbortController();
    const change = waiters.wait(mark.stream, waitMs, AbortSignal.any([signal, looked.signal]));
    try {
      const head = await headPast(mark);
      if (head > mark.after || waitMs === 0) return await answer(mark, head);
      metrics.tailsHeld(waiters.count());
      await change;
      return await answer(mark, await headPast(mark));
    } finally {
      looked.abort();
      metrics.tailsHeld(waiters.count());
    }
  };
}
