import type { StreamName } from '@greengate/contracts/replica/streams';
import { scrubAgainMsMin, scrubEveryMs, scrubLookMs } from '../limits.ts';
import type { Clock, Log, ReplicaWriter, Timers } from '../ports.ts';

export interface ScrubPorts {
  readonly replica: ReplicaWriter;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Look-ups so far that found a row damaged or lost. */
  unknowns(): number;
  onDamaged(stream: StreamName): void;
}

/**
 * Reads the whole replica through at the start, once a day, and soon after a lane met a row that is not what was
 * written: what is lost is then fetched anew. Returns how to stop.
 */
export function startScrubbing(ports: ScrubPorts, streams: readonly StreamName[]): () => void {
  const { replica, clock, timers, log } = ports;
  let lastAt: number | undefined;
  let met = 0;
  let stopped = false;
  let cancel: () => void = () => undefined;

  const isDue = (): boolean => {
    if (lastAt === undefined) return true;
    const since = clock.mono() - lastAt;
    return since >= scrubEveryMs || (ports.unknowns() > met && since >= scrubAgainMsMin);
  };
  const scrubAll = async () => {
    met = ports.unknowns();
    for (const stream of streams) {
      const whole = await replica.scrub(stream);
      if (!whole.ok && !stopped) ports.onDamaged(stream);
    }
  };
  const look = async () => {
    if (isDue()) {
      lastAt = clock.mono();
      await scrubAll().catch((error: unknown) =>
        log.warn('scrub-failed', { why: error instanceof Error ? error.message : 'unknown' }),
      );
    }
    if (!stopped) cancel = timers.after(scrubLookMs, () => void look());
  };
  cancel = timers.after(scrubLookMs, () => void look());
  return () => {
    stopped = true;
    cancel();
  };
}
