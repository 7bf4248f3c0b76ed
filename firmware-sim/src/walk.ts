import type { Turnstile } from './ports.ts';
import type { Prng } from './prng.ts';
import { ARM_THROUGH_DEGREES } from './turnstile-model.ts';

const TIMES_OUT_SHARE = 0.01;
const TURNS_BACK_SHARE = 0.015;

/** A person before an open gate walks, turns back, or stands until the grant is over. True when through. */
export async function walkThrough(
  turnstile: Turnstile,
  prng: Prng,
  sleep: (ms: number) => Promise<void>,
): Promise<boolean> {
  const mood = prng.unit();
  if (mood < TIMES_OUT_SHARE) {
    while (!turnstile.idle()) await sleep(50);
    return false;
  }
  await sleep(100 + prng.below(150));
  await turnstile.turnArm(20);
  await sleep(200 + prng.below(450));
  const through = mood >= TIMES_OUT_SHARE + TURNS_BACK_SHARE;
  await turnstile.turnArm(through ? ARM_THROUGH_DEGREES : 0);
  return through;
}

const FORCES_SHARE = 0.02;

/** A person before a shut gate goes away, or pushes the arm first: the gateway must raise an alarm. */
export async function turnAway(
  turnstile: Turnstile,
  prng: Prng,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  if (prng.unit() >= FORCES_SHARE) return;
  await sleep(100);
  await turnstile.turnArm(20);
  await sleep(100);
  await turnstile.turnArm(0);
}
