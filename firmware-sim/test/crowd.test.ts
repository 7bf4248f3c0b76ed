import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import { createCrowd } from '../src/crowd.ts';
import { passbackMsMax, passbackMsMin, personRestMsMin } from '../src/limits.ts';
import type { Passenger } from '../src/person.ts';
import { createPrng } from '../src/prng.ts';
import { createPeople } from '../src/world.ts';

const passengers: Passenger[] = createPeople(1, 60).map((person) => {
  return { person, token: '00', phoneKey: 'key' };
});

describe('crowd', () => {
  test('nobody comes twice within two steps; then everybody may', () => {
    let now = 1_700_000_000_000;
    const crowd = createCrowd(passengers, () => epochMs(now));
    const prng = createPrng(1);
    const first = passengers.map(() => crowd.arrive(prng)?.passenger.person.id);
    expect(new Set(first).size).toBe(passengers.length);
    now += personRestMsMin - 1;
    expect(crowd.arrive(prng)).toBeUndefined();
    now += 1;
    expect(crowd.arrive(prng)).toBeDefined();
  });

  test('a code that opened a gate comes back soon, but not at once', () => {
    const start = 1_700_000_000_000;
    let now = start;
    const crowd = createCrowd(passengers, () => epochMs(now));
    // Always below the share of pass-backs.
    const prng = { ...createPrng(1), unit: () => 0 };
    const [passenger] = passengers;
    if (!passenger) throw new Error('nobody is there');
    const passed = { passenger, text: 'GC1:SHOWN', at: start as EpochMs };
    crowd.passedOn(passed);
    expect(crowd.arrive(prng)?.text).toBeUndefined();
    now = start + passbackMsMin + 1;
    expect(crowd.arrive(prng)?.text).toBe('GC1:SHOWN');
    expect(crowd.arrive(prng)?.text).toBeUndefined();
    crowd.passedOn(passed);
    now = start + passbackMsMax;
    expect(crowd.arrive(prng)?.text).toBeUndefined();
  });
});
