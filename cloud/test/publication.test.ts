import { COLOURS } from '@greengate/contracts/code/colour';
import { colourAt } from '@greengate/contracts/replica/status-entry';
import { starterPack } from '@greengate/contracts/rules/packs/starter';
import { epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../src/evidence-port.ts';
import type { Status } from '../src/ports.ts';
import { pseudonymDeadAt, pseudonymEpochAt, pseudonymRule } from '../src/publish/pseudonym.ts';
import { publicationOf as publicationOfScored, reported } from '../src/publish/publication.ts';
import { screen } from '../src/screen/screen.ts';
import { HEALTHY, REGION, START } from './running-cloud.ts';

const publicationOf = (status: Status, held: Status | undefined) =>
  publicationOfScored(
    { status, record: () => ({ inputs: '{}', verdictHash: '' }), overlaid: '' },
    held,
  );

const status = fc
  .record({
    colour: fc.constantFrom(...COLOURS),
    nextColour: fc.constantFrom(...COLOURS),
    validUntil: fc.nat(3).map((n) => epochMs(START + n * 1000)),
  })
  .map(
    (future): Status => ({
      ...future,
      inputsHash: '',
      pack: { id: 'p', version: 1 },
      matched: [],
      division: REGION,
      scoredAt: epochMs(START),
      rescoreAt: future.validUntil,
    }),
  );

test('what is not published could not have been told apart, at any time', () => {
  fc.assert(
    fc.property(status, status, fc.nat(5000), (next, held, ms) => {
      const at = epochMs(START + ms);
      const { changed, news } = publicationOf(next, held);
      expect(news || !changed).toBe(true);
      if (changed) return;
      expect(colourAt(next, at)).toBe(colourAt(held, at));
    }),
  );
});

test('who turns red is told of, whatever asks for it; who is red already, or not at all, is not', () => {
  fc.assert(
    fc.property(status, fc.option(status, { nil: undefined }), fc.nat(5000), (next, held, ms) => {
      const scoredAt = epochMs(START + ms);
      const now = { ...next, scoredAt };
      const { report } = reported(publicationOf(now, held), held, starterPack);
      const stood =
        held !== undefined && held.colour === 'red' && colourAt(held, scoredAt) === 'red';
      expect(report !== undefined).toBe(next.colour === 'red' && !stood);
    }),
  );
  const [sample] = fc.sample(status, 1);
  const red = (rule: string, asks: Status['colour']) => {
    const matched = [{ rule, asks, reason: rule, zh: '因', en: 'why', values: {} }];
    const now = { ...sample, colour: 'red', matched } as Status;
    return reported(publicationOf(now, undefined), undefined, starterPack).report;
  };
  expect(red('listed-infected', 'red')).toEqual(['community', 'unit', 'disease-control']);
  expect(red('listed-infected', 'yellow')).toEqual(['community', 'unit']);
  expect(red('set-by-hand:0123', 'red')).toEqual(['community', 'unit']);
});

test('the red stream hears of everyone who is, was or becomes red', () => {
  fc.assert(
    fc.property(status, status, (next, held) => {
      const { changed, red } = publicationOf(next, held);
      const mentions = [next, held].some((one) => [one.colour, one.nextColour].includes('red'));
      if (changed) expect(red).toBe(mentions);
    }),
  );
  expect(
    publicationOf(
      { ...fc.sample(status, 1)[0], colour: 'green', nextColour: 'yellow' } as Status,
      undefined,
    ),
  ).toMatchObject({ changed: true, red: false });
});

test('a pseudonym is the same for its epoch, and no other; it outlives every code that names it', () => {
  const key = new Uint8Array(32).fill(7);
  const day = 86_400_000;
  const subAt = (ms: number, attempt = 0, holder = 'h') =>
    Buffer.from(pseudonymRule(key, epochMs(START + ms)).derive(holder, attempt)).toString('hex');
  expect(subAt(0)).toHaveLength(32);
  expect(subAt(0)).toBe(subAt(1000));
  const others = [subAt(14 * day), subAt(0, 1), subAt(0, 0, 'g')];
  expect(new Set([subAt(0), ...others]).size).toBe(4);
  const epoch = pseudonymEpochAt(epochMs(START));
  expect(pseudonymDeadAt(epoch) - START).toBeGreaterThan(14 * day);
});

test('the worst of overlapping area notices counts, and the next midnight that matters is told', () => {
  const evidence: Evidence = {
    holder: 'h',
    declaredAt: epochMs(START),
    declaration: HEALTHY,
    lists: [{ kind: 'returnee', since: '2022-02-20' }],
    reportedDays: [],
    journeys: [],
    elsewhere: [],
    leftOut: 0,
    areas: [
      { level: 'high', from: '2022-03-02', until: '2022-03-02' },
      { level: 'low', from: '2022-03-01', until: '2022-03-09' },
    ],
    overrides: [],
    application: undefined,
  };
  const at = (text: string) => screen(evidence, epochMs(Date.parse(text)));
  const during = at('2022-03-02T12:00:00+08:00');
  expect(during.facts.area.level).toBe('high');
  expect(during.facts.lists).toEqual([{ kind: 'returnee', since: '2022-02-20T00:00:00+08:00' }]);
  expect(during.changesAt).toBe(Date.parse('2022-03-03T00:00:00+08:00'));
  expect(at('2022-03-05T12:00:00+08:00').facts.area.level).toBe('low');
  expect(at('2022-03-10T12:00:00+08:00').changesAt).toBeUndefined();
});
