import { crashWindowMs } from './limits.ts';
import type { Log, Timers } from './ports.ts';
import type { StartPlan, StartRecord } from './start-plan.ts';

export interface StartCoursePorts {
  readonly timers: Timers;
  readonly log: Log;
  /** Keeps it for the next start; may throw, where the disk is full. */
  write(record: StartRecord): void;
}

/** A start, from the first file opened to the end. */
export interface StartCourse {
  /** The lanes decide. `rest` starts what was held back: at once, or when safe mode has lasted long enough. */
  deciding(rest: () => void): void;
  /** It ends because it was asked to. */
  ended(): void;
  state(): { readonly active: boolean; readonly crashes: number };
}

/** Follows a start by its plan, and leaves word of it. What crashed before counts until all has run for a while. */
export function followStart(
  { timers, log, write }: StartCoursePorts,
  plan: StartPlan,
): StartCourse {
  let { record } = plan;
  let active = plan.safe;
  const keep = (changed: Partial<StartRecord>) => {
    record = { ...record, ...changed };
    try {
      write(record);
    } catch (error) {
      log.warn('start-record-failed', { why: String(error) });
    }
  };
  const crashes = record.crashes.length;
  keep({});
  if (crashes > 0) log.warn('crashed-before', { crashes });
  if (plan.safe) log.error('safe-mode', { crashes, holdBackMs: plan.holdBackMs });

  return {
    deciding(rest) {
      keep({ phase: 'deciding' });
      const whole = () => {
        if (active) log.warn('safe-mode-left');
        active = false;
        timers.after(crashWindowMs, () => keep({ crashes: [], safeStarts: 0 }));
        rest();
      };
      if (plan.safe) timers.after(plan.holdBackMs, whole);
      else whole();
    },
    ended: () => keep({ phase: 'ended', crashes: [], safeStarts: 0 }),
    state: () => ({ active, crashes: record.crashes.length }),
  };
}
