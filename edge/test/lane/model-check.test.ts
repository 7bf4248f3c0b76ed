import { describe, expect, test } from 'vitest';
import { reduceLane } from '../../src/lane/lane-state.ts';
import type { LaneRules } from '../../src/lane/lane-types.ts';
import { BUGS } from './model/bugs.ts';
import { Broken, type Explored, explore } from './model/explore.ts';
import { type Bounds, laneModel } from './model/moves.ts';
import type { Reduce } from './model/world.ts';

// What cannot be read is nobody's code; of the others any may turn out to be welcome.
const isWelcome: LaneRules['isWelcome'] = ({ text }) => text !== '';
const rulesOf = (measures: boolean): LaneRules => ({
  measures,
  readingMs: 5000,
  measureMs: 5000,
  isWelcome,
});

const onNetwork: Bounds = { people: 2, words: 1 };
const onWires: Bounds = { people: 2, words: 0 };
const crowded: Bounds = { people: 3, words: 0 };
// Some seconds alone; here the machine is shared.
const timeout = 120_000;
const statesCountMax = 400_000;

function check(reduce: Reduce, measures: boolean, bounds: Bounds): Explored {
  return explore(laneModel(reduce, rulesOf(measures), bounds), statesCountMax);
}

describe('P71 every state that a lane can come to, in any order of events', () => {
  test.for([
    ['on a network that delays, repeats and loses', false, onNetwork],
    ['with a thermometer before it', true, onWires],
    ['with three who press on', false, crowded],
  ] as const)(
    '%s: no double grant, none after its end, each ends, fire releases, a verdict is one person’s',
    { timeout },
    ([name, measures, bounds]) => {
      const { states, transitions, depth, complete, violation } = check(
        reduceLane,
        measures,
        bounds,
      );
      process.stdout.write(
        `lane ${name}: ${states} states, ${transitions} transitions, ${depth} deep\n`,
      );
      expect(violation).toBeUndefined();
      expect(complete).toBe(true);
    },
  );
});

describe('what the checker is worth', () => {
  test.for(BUGS)('it finds: $name', { timeout }, ({ name, measures, plant }) => {
    const found = check(plant(reduceLane), measures, measures ? onWires : onNetwork);
    const path = found.violation?.path ?? [];
    process.stdout.write(
      `${name}: "${found.violation?.promise}" after\n    ${path.join('\n    ')}\n`,
    );
    expect(found.violation).toBeDefined();
    expect(path.length).toBeGreaterThan(0);
  });

  test('the first path that it tells of is the shortest', () => {
    const found = explore(
      {
        start: 0,
        key: String,
        *moves(at: number) {
          yield ['one', () => at + 1];
          yield [
            'two',
            () => {
              if (at === 3) throw new Broken('three');
              return at + 2;
            },
          ];
        },
      },
      100,
    );
    expect(found.violation).toEqual({ promise: 'three', path: ['one', 'two', 'two'] });
  });
});
