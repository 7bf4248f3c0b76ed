import {
  addressesCountMax,
  callersCountMax,
  failureBurstCount,
  failuresPerSecond,
  gatewayAtOnceCountMax,
  gatewayBurstCount,
  gatewayRequestsPerSecond,
  holderAtOnceCountMax,
  holderBurstCount,
  holderRequestsPerSecond,
  personAtOnceCountMax,
  proberAtOnceCountMax,
  staffAtOnceCountMax,
  staffBurstCount,
  staffRequestsPerSecond,
  strangerAtOnceCountMax,
  strangersAtOnceCountMax,
} from './limits.ts';
import { makeRateLimiter, type Rate } from './rate.ts';

/** Those of whom it is known who they are. */
export type CallerKind = 'holder' | 'staff' | 'gateway';

/**
 * `person`: of the staff, signed in. `stranger`: about to sign in; `prober`: asks whether we are well. These two go by
 * their address.
 */
export type PresentKind = CallerKind | 'person' | 'stranger' | 'prober';

/** How much each kind of caller may ask for, and how often an address may fail to say who it is. */
export type CallerRates = Readonly<Record<CallerKind | 'failure', Rate>>;

export const CALLER_RATES: CallerRates = {
  holder: { burstCount: holderBurstCount, perSecond: holderRequestsPerSecond },
  staff: { burstCount: staffBurstCount, perSecond: staffRequestsPerSecond },
  gateway: { burstCount: gatewayBurstCount, perSecond: gatewayRequestsPerSecond },
  failure: { burstCount: failureBurstCount, perSecond: failuresPerSecond },
};

/** What each caller has asked for lately. Times are milliseconds; waits are too, 0 for none. */
export interface Callers {
  /** Counts a request of somebody who is known by now. */
  asked(kind: CallerKind, id: string, now: number): number;
  /** Whether one more of theirs may be in progress; who got true calls `left` once. Asked before a body is read. */
  entered(kind: PresentKind, id: string): boolean;
  left(kind: PresentKind, id: string): void;
  /** Counts credentials that were nobody's. Only these are held against an address: its neighbours' are not. */
  failed(address: string, now: number): number;
  /** Whether an address has failed too often to be taken at its word. */
  isSuspect(address: string, now: number): boolean;
}

export function makeCallers(rates: CallerRates): Callers {
  const known = {
    holder: makeRateLimiter(rates.holder, callersCountMax),
    staff: makeRateLimiter(rates.staff, callersCountMax),
    gateway: makeRateLimiter(rates.gateway, callersCountMax),
  };
  const present = new Map<string, number>();
  let strangers = 0;
  const failures = makeRateLimiter(rates.failure, addressesCountMax);
  return {
    asked: (kind, id, now) => known[kind].take(id, now),
    entered: (kind, id) => {
      const key = `${kind} ${id}`;
      const count = (present.get(key) ?? 0) + 1;
      if (count > AT_ONCE[kind]) return false;
      if (kind === 'stranger' && strangers >= strangersAtOnceCountMax) return false;
      if (kind === 'stranger') strangers += 1;
      present.set(key, count);
      return true;
    },
    left: (kind, id) => {
      const key = `${kind} ${id}`;
      const count = (present.get(key) ?? 0) - 1;
      if (kind === 'stranger') strangers -= 1;
      if (count > 0) present.set(key, count);
      else present.delete(key);
    },
    failed: (address, now) => failures.take(address, now),
    isSuspect: (address, now) => failures.isSpent(address, now),
  };
}

const AT_ONCE: Readonly<Record<PresentKind, number>> = {
  holder: holderAtOnceCountMax,
  staff: staffAtOnceCountMax,
  person: personAtOnceCountMax,
  gateway: gatewayAtOnceCountMax,
  stranger: strangerAtOnceCountMax,
  prober: proberAtOnceCountMax,
};
