import type { ReasonCode } from '@greengate/contracts/refusals';
import type { Flaw, Person } from './person.ts';

/** What a passenger should get. `open` moves the arm; the others light the sign. */
export interface Expected {
  readonly action: 'open' | 'refuse' | 'refer';
  readonly reason: ReasonCode;
}

/** How a person comes to the gate this time. */
export interface Visit {
  /** The very code that opened this station's gates a moment ago is shown again. */
  readonly passback: boolean;
  /** The lane has a thermometer. */
  readonly measured: boolean;
}

/**
 * What this person should get, from how the person was made and the default policy of a fresh installation.
 * Knows nothing of codes, caches or rules: it is the second opinion, not a copy of the first.
 */
export function expectedOf(person: Person, visit: Visit): Expected {
  if (person.flaw !== null) return { action: 'refuse', reason: FLAW_REASONS[person.flaw] };
  if (visit.passback) return { action: 'refuse', reason: 'code-already-used' };
  return (
    ofStanding(person) ??
    (person.carrier === 'paper'
      ? { action: 'refer', reason: 'identity-check-needed' }
      : undefined) ??
    (visit.measured ? ofReading(person) : undefined) ?? { action: 'open', reason: 'status-green' }
  );
}

const FLAW_REASONS = {
  expired: 'code-expired',
  'not-yet-valid': 'code-not-yet-valid',
  'foreign-region': 'code-issuer-mismatch',
  'foreign-key': 'code-key-unknown',
  'replica-key': 'code-key-purpose',
  forged: 'code-signature-invalid',
  truncated: 'code-truncated',
  screenshot: 'code-step-stale',
  'clock-ahead': 'code-step-ahead',
  'no-proof': 'code-proof-missing',
  borrowed: 'code-proof-invalid',
  oversized: 'code-too-long',
  'not-a-code': 'code-prefix-unknown',
  garbled: 'code-malformed',
} as const satisfies Record<Flaw, ReasonCode>;

/** Undefined for a person with nothing against them so far. */
function ofStanding(person: Person): Expected | undefined {
  if (person.standing === 'unknown' && person.mintedDaysAgo > 1) {
    return { action: 'refer', reason: 'status-unknown' };
  }
  switch (person.standing === 'unknown' ? person.minted : person.standing) {
    case 'yellow':
      return { action: 'refuse', reason: 'status-yellow' };
    case 'red':
      return { action: 'refuse', reason: 'status-red' };
    case 'pending':
      return { action: 'refer', reason: 'status-pending' };
    case 'green':
      return undefined;
  }
}

function ofReading({ reading }: Person): Expected | undefined {
  switch (reading) {
    case 'fever':
      return { action: 'refuse', reason: 'temperature-fever' };
    case 'nan':
      return { action: 'refer', reason: 'temperature-invalid' };
    case 'absurd':
      return { action: 'refer', reason: 'temperature-out-of-range' };
    case 'normal':
      return undefined;
  }
}
