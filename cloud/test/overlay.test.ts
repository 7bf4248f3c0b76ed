import type { Colour } from '@greengate/contracts/code/colour';
import { regionIdSchema } from '@greengate/contracts/ids';
import { severityOf } from '@greengate/contracts/rules/pack-colours';
import { epochMs } from '@greengate/contracts/time';
import { OVERRIDE_REASONS, type OverrideReasonId } from '@greengate/contracts/wire/override';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StandingOverride } from '../src/issuing-port.ts';
import { laidOver, overlayOf, type Ruled } from '../src/overlay.ts';

const NOW = epochMs(1_646_092_800_000);
const DAY = 86_400_000;
const DIVISION = regionIdSchema.parse('330106');
const after = (days: number) => epochMs(NOW + days * DAY);

const ruled = (colour: Colour, nextColour: Colour, days = 5, floor: Colour = 'green'): Ruled => ({
  status: {
    ...{ colour, nextColour, validUntil: after(days), rescoreAt: after(days), scoredAt: NOW },
    ...{ inputsHash: 'ab', pack: { id: 'p', version: 1 }, division: DIVISION },
    matched: [{ rule: 'r', asks: colour, reason: 'r', zh: '因', en: 'why', values: {} }],
  },
  ...{ floor, record: () => ({ inputs: '{}', verdictHash: 'cd' }) },
});

/** What is shown when these stand: expired ones are left out as they are on the main path. */
const shownAt = (
  one: Ruled,
  overrides: readonly StandingOverride[],
  heldBack = false,
  now = NOW,
) => {
  const held = heldBack ? ({ state: 'queued', purpose: 'work' } as const) : undefined;
  return laidOver(one, overlayOf({ overrides, application: held }, false, now), now).status;
};

const byHand = (
  colour: Colour,
  reason: OverrideReasonId,
  days: number,
  id = '0f',
): StandingOverride => ({ id, colour, reason, expiresAt: after(days) });

const path = (status: Ruled, overrides: readonly StandingOverride[], heldBack = false) => {
  const { colour, nextColour, validUntil, rescoreAt } = shownAt(status, overrides, heldBack);
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
    const { matched } = shownAt(ruled('green', 'yellow'), [red]);
    expect(matched.map(({ rule, reason }) => [rule, reason])).toEqual([
      ['set-by-hand:0f', 'test-positive'],
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
    const [first] = shownAt(ruled('green', 'yellow'), [], true).matched;
    expect([first?.rule, first?.reason]).toEqual(['application', 'status-pending']);
  });

  test('holds back where one is needed and none was made', () => {
    const none = { overrides: [], application: undefined };
    const held = [true, false].map((needed) => overlayOf(none, needed, NOW).heldBack);
    expect(held).toEqual([true, false]);
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
        const shown = shownAt(status, standing, heldBack);
        expect(severityOf(shown.colour)).toBeGreaterThanOrEqual(severityOf(floor));
        expect(shown.validUntil).toBeGreaterThan(NOW);
        expect(shown.rescoreAt).toBeGreaterThan(NOW);
        expect(shown.rescoreAt).toBeLessThanOrEqual(status.status.rescoreAt);
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
        const until = epochMs(later + days * DAY);
        const past = { ...status, status: { ...status.status, validUntil: until } };
        expect(shownAt(past, standing, false, later).colour).toBe(colour);
        expect(shownAt(status, standing.toReversed(), heldBack).colour).toBe(shown.colour);
      },
    ),
    { numRuns: 1000 },
  );
});
