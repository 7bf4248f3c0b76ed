import { journalAnchorMs, journalCheckMs, journalCheckRowsMax } from '../limits.ts';
import type { Clock, JournalPosition, Log, Timers } from '../ports.ts';
import type { Recorder } from './record.ts';

export interface ChainWatchPorts {
  readonly journal: {
    verifyNext(rowsMax: number): Promise<{ readonly bad: JournalPosition | undefined }>;
    anchor(): Promise<JournalPosition | undefined>;
  };
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly recorder: Pick<Recorder, 'alarm'>;
}

/**
 * Reads the journal's chain through, a few rows at a time for as long as the gateway runs, and keeps word of its newest row
 * beside it. What was altered is told once, as `journal-altered`. Returns how to stop.
 */
export function startChainWatch({
  journal,
  clock,
  timers,
  log,
  recorder,
}: ChainWatchPorts): () => void {
  const told = new Set<string>();
  let anchoredAt: number | undefined;
  let stopped = false;
  let cancel: () => void = () => undefined;

  const tell = (bad: JournalPosition | undefined) => {
    if (!bad || told.has(`${bad.epoch} ${bad.seq}`)) return;
    told.add(`${bad.epoch} ${bad.seq}`);
    log.error('journal-altered', { epoch: bad.epoch, seq: bad.seq });
    void recorder.alarm(null, 'journal-altered');
  };
  const step = async () => {
    if (anchoredAt === undefined || clock.mono() - anchoredAt >= journalAnchorMs) {
      anchoredAt = clock.mono();
      tell(await journal.anchor());
    }
    tell((await journal.verifyNext(journalCheckRowsMax)).bad);
  };
  const look = async () => {
    // A disk that refuses is told of by whoever writes.
    await step().catch(() => undefined);
    if (!stopped) cancel = timers.after(journalCheckMs, () => void look());
  };
  cancel = timers.after(journalCheckMs, () => void look());
  return () => {
    stopped = true;
    cancel();
  };
}
