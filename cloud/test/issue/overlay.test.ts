import type { Colour } from '@greengate/contracts/code/colour';
import { severityOf } from '@greengate/contracts/rules/pack-colours';
import { epochMs } from '@greengate/contracts/time';
import { OVERRIDE_REASONS, type OverrideReasonId } from '@greengate/contracts/wire/override';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isHeldBack,
  overlay,
  type RuledStatus,
  type StandingOverride,
} from '../../src/issue/overlay.ts';

const NOW = epochMs(1_646_092_800_000);
const DAY = 86_400_000;
const after = (days: number) => epochMs(NOW + days * DAY);

const ruled = (colour: Colour, nextColour: Colour, days = 5, floor: Colour = 'green') =>
  ({
    ...{ colour, nextColour, floor, validUntil: after(days), rescoreAt: after(days) },
    matched: [{ rule: 'r', reason: 'r', zh: '因', en: 'why', values: {} }],
  }) satisfies RuledStatus;

const byHand = (
  colour: Colour,
  reason: OverrideReasonId,
  days: number,
  id = '0f',
): StandingOverride => ({ id, colour, reason, expiresAt: after(days) });

const path = (status: RuledStatus, overrides: readonly StandingOverride[], heldBack = false) => {
  const { colour, nextColour, validUntil, rescoreAt } = overlay(status, overrides, heldBack, NOW);
  return [colour, (validUntil - NOW) / DAY, nextColour, (rescoreAt - NOW) / DAY];
};

describe('an override that worsens', () => {
  const red = byHand('red', 'test-positive', 3);

  test('stands until its end, which is known ahead: the way out needs no job', () => {
    expect(path(ruled('green', 'yellow'), [red])).toEqual(['red', 3, 'green', 3]);
    expect(path(ruled('green', 'yellow', 2), [red])).toEqual(['red', 3, 'yellow', 2]);
  });

  test('does not better what the rules say, and the most severe one wins', () => {
    const yellow = byHand('yellow', 'contact-found', 9);
    expect(path(ruled('red', 'yellow'), [yellow])).toEqual(['red', 5, 'yellow', 5]);
    expect(path(ruled('green', 'green'), [yellow, red])).toEqual(['red', 3, 'yellow', 3]);
  });

  test('that is over is not there', () => {
    expect(path(ruled('green', 'yellow'), [byHand('red', 'test-positive', 0)])).toEqual([
      'green',
      5,
      'yellow',
      5,
    ]);
  });

  test('is told to the holder with its reason and its end, before what the rules say', () => {
    const { matched } = overlay(ruled('green', 'yellow'), [red], false, NOW);
    expect(matched.map(({ rule, reason }) => [rule, reason])).toEqual([
      ['set-by-hand', 'test-positive'],
      ['r', 'r'],
    ]);
    expect(matched[0]?.values).toEqual({ override: '0f', until: '2022-03-04T00:00:00.000Z' });
    expect(matched[0]?.zh).toBe(OVERRIDE_REASONS['test-positive'].zh);
  });
});

describe('an override that lifts', () => {
  const green = byHand('green', 'record-in-error', 3);

  test('lets a better colour through until its end', () => {
    expect(path(ruled('red', 'yellow', 9), [green])).toEqual(['green', 3, 'red', 3]);
  });

  test('is never better than a hard line', () => {
    expect(path(ruled('red', 'yellow', 9, 'red'), [green])).toEqual(['red', 9, 'yellow', 3]);
    expect(path(ruled('red', 'yellow', 9, 'yellow'), [green])).toEqual(['yellow', 3, 'red', 3]);
  });

  test('reaches no further than the rules have looked ahead: a code that lapses, lapses', () => {
    expect(path(ruled('red', 'yellow', 2), [green])).toEqual(['green', 2, 'yellow', 2]);
  });

  test('gives way to one that worsens', () => {
    const red = byHand('red', 'quarantine-ordered', 1);
    expect(path(ruled('yellow', 'yellow'), [green, red])).toEqual(['red', 1, 'green', 1]);
  });
});

describe('an application in review', () => {
  test('turns green into black-and-white, also later by time alone, and hides nothing worse', () => {
    expect(path(ruled('green', 'yellow'), [], true)).toEqual(['pending', 5, 'yellow', 5]);
    expect(path(ruled('yellow', 'green'), [], true)).toEqual(['yellow', 5, 'pending', 5]);
    expect(path(ruled('red', 'red'), [], true)).toEqual(['red', 5, 'red', 5]);
    const [first] = overlay(ruled('green', 'yellow'), [], true, NOW).matched;
    expect([first?.rule, first?.reason]).toEqual(['application', 'status-pending']);
  });

  test('holds back where one is needed and none was made', () => {
    expect([isHeldBack(undefined, true), isHeldBack(undefined, false)]).toEqual([true, false]);
  });
});

const colours = fc.constantFrom<Colour>('pending', 'green', 'yellow', 'red');
const overrides = fc.array(
  fc
    .constantFrom(
      ...Object.entries(OVERRIDE_REASONS).flatMap(([reason, { colours: given }]) =>
        given.map((colour) => ({ reason: reason as OverrideReasonId, colour })),
      ),
    )
    .chain(({ reason, colour }) =>
      fc
        .integer({ min: -DAY, max: 14 * DAY })
        .map(
          (ms): StandingOverride => ({ id: '0f', reason, colour, expiresAt: epochMs(NOW + ms) }),
        ),
    ),
  { maxLength: 4 },
);

test('whatever stands: no later than 14 days the rules alone speak again, and no hard line is lifted', () => {
  fc.assert(
    fc.property(
      fc.record({ colour: colours, nextColour: colours, floor: colours }),
      fc.integer({ min: 1, max: 30 }),
      overrides,
      fc.boolean(),
      ({ colour, nextColour, floor }, days, standing, heldBack) => {
        fc.pre(severityOf(floor) <= severityOf(colour));
        const status = ruled(colour, nextColour, days, floor);
        const shown = overlay(status, standing, heldBack, NOW);
        expect(severityOf(shown.colour)).toBeGreaterThanOrEqual(severityOf(floor));
        expect(shown.validUntil).toBeGreaterThan(NOW);
        expect(shown.rescoreAt).toBeGreaterThan(NOW);
        expect(shown.rescoreAt).toBeLessThanOrEqual(status.rescoreAt);
        expect(shown.validUntil % 1000).toBe(0);
        if (heldBack) expect([shown.colour, shown.nextColour]).not.toContain('green');
        const worst = standing
          .filter(
            ({ expiresAt, reason }) =>
              expiresAt > NOW && OVERRIDE_REASONS[reason].effect === 'worsens',
          )
          .reduce((max, one) => Math.max(max, severityOf(one.colour)), 0);
        expect(severityOf(shown.colour)).toBeGreaterThanOrEqual(worst);
        const later = epochMs(NOW + 15 * DAY);
        const past = { ...status, validUntil: epochMs(later + days * DAY), rescoreAt: later };
        expect(overlay(past, standing, false, later).colour).toBe(colour);
        expect(overlay(status, standing.toReversed(), heldBack, NOW).colour).toBe(shown.colour);
      },
    ),
    { numRuns: 1000 },
  );
});
