import type { VerifiedCode } from '@greengate/contracts/code/verify-code';
import type { LaneId, PassageId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { Result } from '@greengate/contracts/result';
import type { AdmissionFacts, Decision } from '@greengate/contracts/rules/admit';
import type { PassageDraft, PassageOutcome } from '@greengate/contracts/wire/passage';
import { journalWaitMsMax } from '../limits.ts';
import type { Clock, Journal, Log, ReplicaReader, Timers } from '../ports.ts';

/** Whether a record is on the disk, still on its way, or refused by the disk. */
export type Recorded = 'durable' | 'late' | 'failed';

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
  /** Records that came late and records that were lost since the start: counted, never silent. */
  readonly counts: { late: number; failed: number };
}

export function createRecorder(ports: {
  journal: Journal;
  clock: Clock;
  timers: Timers;
  replica: ReplicaReader;
  log: Log;
}): Recorder {
  const { journal, clock, timers, replica, log } = ports;
  const counts = { late: 0, failed: 0 };

  const write = (draft: PassageDraft): Promise<Recorded> =>
    new Promise((resolve) => {
      const cancel = timers.after(journalWaitMsMax, () => {
        counts.late += 1;
        log.error('journal-late');
        resolve('late');
      });
      journal.append(draft).then(
        () => {
          cancel();
          resolve('durable');
        },
        (error: unknown) => {
          cancel();
          counts.failed += 1;
          log.error('journal-failed', { why: error instanceof Error ? error.message : 'unknown' });
          resolve('failed');
        },
      );
    });

  return {
    counts,
    intent: (passage, lane, code, { verdict, reason, rung, now, clock: trust, staleness }) =>
      write({
        kind: 'intent',
        at: now,
        clock: trust,
        passage,
        lane,
        key: code.ok ? code.value.key : null,
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
