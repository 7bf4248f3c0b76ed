import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrng } from '../../dist/prng.js';
import { BUGS } from './bugs.ts';
import { type Plan, planOf } from './faults.ts';
import { type Outcome, playPlan } from './run.ts';
import { shrinkPlan } from './shrink.ts';
import { prepareFirstDay } from './world.ts';

/** Plays seeds, one after the other, in this thread. */
export interface Player {
  play(seed: number, bug?: string): Promise<Outcome>;
  /** The fewest faults with which a seed still breaks the same promise. */
  shrink(seed: number, bug?: string): Promise<Plan>;
  close(): void;
}

export async function newPlayer(): Promise<Player> {
  // In memory where there is such a place: a run writes some megabytes, and durability is what it plays, not what it needs.
  const root = mkdtempSync(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'greengate-simulate-'),
  );
  const firstDay = await prepareFirstDay(root);
  let runs = 0;
  const playOnce = (plan: Plan, name: string | undefined): Promise<Outcome> => {
    const bug = BUGS.find((each) => each.name === name);
    if (name !== undefined && !bug) throw new Error(`no planted bug is called "${name}"`);
    runs += 1;
    return playPlan({ plan, firstDay, folder: join(root, `run-${runs}`), bug });
  };
  const planFor = (seed: number): Plan => planOf(seed, createPrng(seed).fork('plan'));
  return {
    play: (seed, bug) => playOnce(planFor(seed), bug),
    async shrink(seed, bug) {
      const plan = planFor(seed);
      const broken = new Set((await playOnce(plan, bug)).violations.map(({ oracle }) => oracle));
      return shrinkPlan(plan, async (less) =>
        (await playOnce(less, bug)).violations.some(({ oracle }) => broken.has(oracle)),
      );
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
