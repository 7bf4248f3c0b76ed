import type { Colour } from '../code/colour.ts';
import type { VerifiedCode } from '../code/verify-code.ts';
import { temperatureCentiCMax, temperatureCentiCMin } from '../limits.ts';
import type { ReasonCode } from '../refusals.ts';
import { colourAt, type StatusEntry } from '../replica/status-entry.ts';
import type { Result } from '../result.ts';
import type { ClockTrust, EpochMs } from '../time.ts';
import type { AdmissionPolicy } from './policy.ts';

export const VERDICTS = ['admit', 'refer', 'refuse'] as const;
/** `refer` sends to the attendant: the gate stays shut, the person is not turned away. */
export type Verdict = (typeof VERDICTS)[number];

export const RUNGS = [
  'policy',
  'code',
  'red',
  'replica',
  'code-colour',
  'attendant',
  'thermometer',
] as const;
/** Which rung of the ladder gave the answer (ARCHITECTURE, order of a decision). */
export type Rung = (typeof RUNGS)[number];

export const STALENESSES = ['fresh', 'aged', 'restricted', 'blind'] as const;
export type Staleness = (typeof STALENESSES)[number];

/** A cached status, without its address. */
export type CachedStatus = Omit<StatusEntry, 'key'>;

/** The reading that belongs to this person. `missing`: a reading is due and none came in time. */
export type TemperatureFact =
  | { readonly kind: 'not-fitted' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fault'; readonly reason: ReasonCode }
  | { readonly kind: 'measured'; readonly centiC: number };

/** Everything that a decision is made of; nothing else may enter it. */
export interface AdmissionFacts {
  readonly code: Result<VerifiedCode>;
  /** This code was already used here in its step (THREATS T4). */
  readonly alreadyUsed: boolean;
  readonly red: CachedStatus | undefined;
  readonly cached: CachedStatus | undefined;
  readonly temperature: TemperatureFact;
  readonly staleness: Staleness;
  readonly clock: ClockTrust;
  readonly now: EpochMs;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly reason: ReasonCode;
  readonly rung: Rung;
}

/**
 * Decides one passage. Pure: the same facts and policy give the same verdict on gateway, simulator and desk.
 * Order: code, priority stream, cached status, colour in the code, attendant; then what applies to an
 * otherwise welcome person: trust in clock and cache, holder proof, temperature.
 */
export function admit(facts: AdmissionFacts, policy: AdmissionPolicy): Decision {
  if (policy.mode === 'do-not-check')
    return { verdict: 'admit', reason: 'not-checked', rung: 'policy' };
  if (!facts.code.ok) return codeRefusal(facts.code.refusal.code, facts, policy);
  if (facts.alreadyUsed) return { verdict: 'refuse', reason: 'code-already-used', rung: 'code' };
  const status = statusDecision(facts, facts.code.value, policy);
  if (status.verdict !== 'admit') return status;
  return (
    doubt(facts, facts.code.value, policy) ??
    temperatureDecision(facts.temperature, policy) ??
    status
  );
}

// Refusals that a gate makes by its clock: one that it cannot trust must not accuse a phone of being late.
const BY_THE_CLOCK: readonly ReasonCode[] = [
  'code-step-stale',
  'code-step-ahead',
  'code-expired',
  'code-not-yet-valid',
  'code-key-expired',
];

function codeRefusal(
  reason: ReasonCode,
  { clock }: AdmissionFacts,
  policy: AdmissionPolicy,
): Decision {
  const doubtful = clock === 'untrusted' && BY_THE_CLOCK.includes(reason);
  return doubtful && policy.whenClockUntrusted === 'refer'
    ? { verdict: 'refer', reason: 'clock-untrusted', rung: 'policy' }
    : { verdict: 'refuse', reason, rung: 'code' };
}

function statusDecision(
  facts: AdmissionFacts,
  code: VerifiedCode,
  policy: AdmissionPolicy,
): Decision {
  const { now, red, cached } = facts;
  const priority = red && colourAt(red, now);
  if (priority === 'red') return ofColour('red', 'red', policy);
  if (cached !== undefined) return ofCached(cached, 'replica', now, policy);
  // The priority stream holds back, it never admits; what it says of a lapsed red stands above the code.
  if (red !== undefined && priority !== 'green') return ofCached(red, 'red', now, policy);
  const { claims } = code;
  const believed =
    policy.codeColourSecondsMax > 0 && now - claims.issuedAt <= policy.codeColourSecondsMax * 1000;
  return believed
    ? ofColour(claims.colour, 'code-colour', policy)
    : { verdict: 'refer', reason: 'status-unknown', rung: 'attendant' };
}

function ofCached(
  status: CachedStatus,
  rung: Rung,
  now: EpochMs,
  policy: AdmissionPolicy,
): Decision {
  const colour = colourAt(status, now);
  const lapsed = colour !== status.colour && colour === 'yellow';
  const decision = ofColour(colour, rung, policy);
  return lapsed ? { ...decision, reason: 'status-lapsed' } : decision;
}

function ofColour(colour: Colour, rung: Rung, policy: AdmissionPolicy): Decision {
  switch (colour) {
    case 'green':
      return { verdict: 'admit', reason: 'status-green', rung };
    case 'yellow':
      return { verdict: policy.yellow, reason: 'status-yellow', rung };
    case 'red':
      return { verdict: 'refuse', reason: 'status-red', rung };
    case 'pending':
      return { verdict: 'refer', reason: 'status-pending', rung };
  }
}

function doubt(
  facts: AdmissionFacts,
  code: VerifiedCode,
  policy: AdmissionPolicy,
): Decision | undefined {
  const refer = (reason: ReasonCode): Decision => ({ verdict: 'refer', reason, rung: 'policy' });
  if (facts.clock === 'untrusted' && policy.whenClockUntrusted === 'refer')
    return refer('clock-untrusted');
  if (facts.staleness === 'blind' && policy.whenBlind === 'refer') return refer('replica-blind');
  if (facts.staleness === 'restricted' && policy.whenRestricted === 'refer') {
    return refer('replica-restricted');
  }
  if (code.step === undefined) {
    return { verdict: policy.unproven, reason: 'identity-check-needed', rung: 'policy' };
  }
  return undefined;
}

function temperatureDecision(fact: TemperatureFact, policy: AdmissionPolicy): Decision | undefined {
  if (policy.temperature === 'off') return undefined;
  const rung = 'thermometer';
  switch (fact.kind) {
    case 'not-fitted':
      return policy.temperature === 'required'
        ? { verdict: 'refer', reason: 'temperature-missing', rung }
        : undefined;
    case 'missing':
      return { verdict: 'refer', reason: 'temperature-missing', rung };
    case 'fault':
      return { verdict: 'refer', reason: fact.reason, rung };
    case 'measured':
      // Parsers refuse these already; a sensor that lies must not pass by another way (THREATS T18).
      if (!(fact.centiC >= temperatureCentiCMin && fact.centiC <= temperatureCentiCMax))
        return { verdict: 'refer', reason: 'temperature-out-of-range', rung };
      return fact.centiC >= policy.feverCentiC
        ? { verdict: 'refuse', reason: 'temperature-fever', rung }
        : undefined;
  }
}

/** How old the replica is, by the policy's thresholds. `ageMs` is undefined before the first sync; NaN is blind. */
export function stalenessOf(ageMs: number | undefined, policy: AdmissionPolicy): Staleness {
  const { agedAfterSeconds, restrictedAfterSeconds, blindAfterSeconds } = policy.staleness;
  if (ageMs === undefined || !(ageMs < blindAfterSeconds * 1000)) return 'blind';
  if (ageMs >= restrictedAfterSeconds * 1000) return 'restricted';
  return ageMs >= agedAfterSeconds * 1000 ? 'aged' : 'fresh';
}
