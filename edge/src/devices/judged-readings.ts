import type { Result } from '@greengate/contracts/result';
import {
  JUDGE_AT_START,
  type JudgeSettings,
  judgeSample,
  type Measured,
} from '@greengate/contracts/thermometry/judge';
import type { MonoMs } from '@greengate/contracts/time';
import type { Clock, Reading } from '../ports.ts';

export interface PowerClock extends Pick<Clock, 'now' | 'mono'> {
  /** Milliseconds since the machine, and with it the station's instruments, got its power. */
  upMs(): number;
}

/** One instrument's samples on their way to a lane. */
export interface JudgedReadings {
  onReading(listener: (reading: Reading) => void): void;
  sample(measured: Result<Measured>, at: MonoMs): void;
  /** It may have been without power until now: it warms up anew. */
  poweredOn(): void;
}

/** Judges every sample by the site's profile and tells what comes of it. */
export function createJudgedReadings(settings: JudgeSettings, clock: PowerClock): JudgedReadings {
  const listeners: ((reading: Reading) => void)[] = [];
  let state = JUDGE_AT_START;
  let poweredAt = clock.mono() - clock.upMs();
  return {
    onReading: (listener) => void listeners.push(listener),
    sample: (measured, at) => {
      const sample = { at, onForMs: at - poweredAt, measured };
      const judged = judgeSample(state, sample, settings, clock.now());
      state = judged.state;
      if (!judged.told) return;
      for (const listener of listeners) listener({ centiC: judged.told, at });
    },
    poweredOn: () => {
      poweredAt = clock.mono();
      state = JUDGE_AT_START;
    },
  };
}
