import type { EpochMs } from '@greengate/contracts/time';
import { passbackMsMax, passbackMsMin, personRestMsMin } from './limits.ts';
import type { Passenger } from './person.ts';
import type { Prng } from './prng.ts';

/** Somebody who steps up to a lane. */
export interface Arrival {
  readonly passenger: Passenger;
  /** A friend's code, shown again as it was; otherwise the passenger's own, fresh. */
  readonly text: string | undefined;
}

/** A passage that an open gate let through, and the code that opened it. */
export interface PassedOn {
  readonly passenger: Passenger;
  readonly text: string;
  readonly at: EpochMs;
}

export interface Crowd {
  /** Undefined when everyone has been at a gate too lately. */
  arrive(prng: Prng): Arrival | undefined;
  /** Offers a code for a pass-back. A gateway remembers it, also when it was started again meanwhile. */
  passedOn(passed: PassedOn): void;
}

const PASSBACK_SHARE = 0.03;

/** Who comes next. Nobody comes twice within two steps, so that no code is seen twice unless it is meant. */
export function createCrowd(passengers: readonly Passenger[], now: () => EpochMs): Crowd {
  const shownAt = new Map<string, EpochMs>();
  let passed: PassedOn[] = [];

  const passback = (prng: Prng): Arrival | undefined => {
    passed = passed.filter((one) => now() - one.at < passbackMsMax);
    const at = passed.findIndex((one) => now() - one.at > passbackMsMin);
    if (at < 0 || prng.unit() >= PASSBACK_SHARE) return undefined;
    const [one] = passed.splice(at, 1);
    return one && { passenger: one.passenger, text: one.text };
  };

  const fresh = (prng: Prng): Arrival | undefined => {
    const rested = passengers.filter(({ person }) => {
      const at = shownAt.get(person.id);
      return at === undefined || now() - at >= personRestMsMin;
    });
    const passenger = rested[prng.below(rested.length)];
    if (!passenger) return undefined;
    shownAt.set(passenger.person.id, now());
    return { passenger, text: undefined };
  };

  return {
    arrive: (prng) => passback(prng) ?? fresh(prng),
    passedOn: (one) => void passed.push(one),
  };
}
