import type { VerifiedCode } from '@greengate/contracts/code/verify-code';
import type { LaneId, PassageId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { Result } from '@greengate/contracts/result';
import type { AdmissionFacts, Decision } from '@greengate/contracts/rules/admit';
import type { PassageDraft, PassageOutcome } from '@greengate/contracts/wire/passage';
import { journalWaitMsMax, keptEventsCountMax, keptRetryMs } from '../limits.ts';
import type { Clock, Journal, Log, ReplicaReader, Timers } from '../ports.ts';
import { createKeptAppend } from './kept-append.ts';

/** Whether a record is on the disk, still on its way, or refused by the disk. */
export type Recorded = 'durable' | 'late' | 'failed';

/** What went wrong with records since the start: counted, never silent. */
export interface RecordCounts {
  /** Missed the journal's deadline. */
  readonly late: number;
  /** Refused by the disk at first. */
  readonly failed: number;
  /** Refused and kept in memory until the disk takes them. */
  readonly waiting: number;
  /** Given up because too many waited. */
  readonly lost: number;
}

/** Writes what the lanes do. Its answers never throw: a bad disk must not hold people. */
export interface Recorder {
  /** Resolves when the intent is durable, or when the journal's deadline has passed. */
  intent(
    passage: PassageId,
    lane: LaneId,
    code: Result<VerifiedCode>,
    decided: Decision & Pick<AdmissionFacts, 'now' | 'clock' | 'staleness'>,
  ): Promise<Recorded>;
  outcome(passage: PassageId, lane: LaneId, outcome: PassageOutcome['outcome']): Promise<Recorded>;
  alarm(lane: LaneId | null, reason: ReasonCode): Promise<Recorded>;
  readonly counts: () => RecordCounts;
}

export function createRecorder(ports: {
  journal: Journal;
  clock: Clock;
  timers: Timers;
  replica: ReplicaReader;
  log: Log;
}): Recorder {
  const { clock, timers, replica, log } = ports;
  const counts = { late: 0, failed: 0 };
  // One alarm a trouble, written when the disk is well again: until then counts and panel tell of it.
  let troubled = false;
  const disk = createKeptAppend(
    ports,
    { countMax: keptEventsCountMax, retryMs: keptRetryMs },
    // A full disk must not be filled by the log of it: one line a trouble.
    (why) => {
      if (!troubled) log.error('journal-failed', { why });
    },
  );

  const trouble = (reason: ReasonCode) => {
    if (!troubled) void disk.append({ kind: 'alarm', at: clock.now(), lane: null, reason });
    troubled = true;
  };

  const write = (draft: PassageDraft): Promise<Recorded> =>
    new Promise((resolve) => {
      let late = false;
      const cancel = timers.after(journalWaitMsMax, () => {
        late = true;
        counts.late += 1;
        if (!troubled) log.error('journal-late');
        trouble('journal-late');
        resolve('late');
      });
      void disk.append(draft).then((recorded) => {
        cancel();
        if (recorded === 'failed') {
          counts.failed += 1;
          trouble('journal-failed');
        } else if (!late) troubled = false;
        resolve(recorded);
      });
    });

  return {
    counts: () => ({ ...counts, waiting: disk.waiting(), lost: disk.lost() }),
    intent: (passage, lane, code, { verdict, reason, rung, now, clock: trust, staleness }) =>
      write({
        kind: 'intent',
        at: now,
        clock: trust,
        passage,
        lane,
        key: code.ok ? code.value.key : null,
        step: code.ok ? (code.value.step ?? null) : null,
        verdict,
        reason,
        rung,
        staleness,
        replicaVer: replica.version(),
        policyVer: replica.policy()?.version ?? 0,
      }),
    outcome: (passage, lane, outcome) =>
      write({ kind: 'outcome', at: clock.now(), passage, lane, outcome }),
    alarm: (lane, reason) => write({ kind: 'alarm', at: clock.now(), lane, reason }),
  };
}
