import type { RegionId } from '@greengate/contracts/ids';
import type { Result } from '@greengate/contracts/result';
import type { IssuingStore } from '../issuing-port.ts';
import type { Clock, Log, Random, StatusStore } from '../ports.ts';
import { ProblemError, problemFor } from '../problem.ts';
import type { WorkingCalendar } from './calendar.ts';
import type { IssuingRules } from './rules.ts';

/** What the desks of applications, appeals and overrides work with. */
export interface DeskDeps {
  readonly store: IssuingStore & Pick<StatusStore, 'status'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly region: RegionId;
  readonly calendar: WorkingCalendar;
  readonly rules: IssuingRules;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
}

/** A member of staff, as far as a desk asks. */
export interface DeskPerson {
  readonly id: string;
  /** Divisions that they work for, each with all below it. */
  readonly areas: readonly string[];
}

export function newId(random: Random): string {
  return Buffer.from(random.bytes(16)).toString('hex');
}

/** The value, or its refusal as a problem; what is not there is not found. */
export function must<T>(result: Result<T> | undefined): T {
  if (result === undefined) throw new ProblemError('not-found');
  if (!result.ok) throw problemFor(result.refusal);
  return result.value;
}
