import {
  gatewayIdSchema,
  laneIdSchema,
  regionIdSchema,
  replicaKeySchema,
} from '@greengate/contracts/ids';
import { factsReportsCountMax } from '@greengate/contracts/rules/limits';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/evidence-port.ts';
import type { Decide, Store } from '../../src/ports.ts';
import type { StoreUnderTest } from './fixtures.ts';
import { bytes, declaration, declared, HANGZHOU, NOW, rule, same } from './fixtures.ts';

const WELL = { fever: false, dryCough: false, fatigue: false };
const LISTING = { idHash: bytes('id-a'), since: '2022-02-20' };
const JOURNEY = { idHash: bytes('id-a'), mode: 'rail', division: HANGZHOU } as const;
const SHANGHAI = regionIdSchema.parse('310000');
const ABROAD = {
  idHash: bytes('id-a'),
  region: SHANGHAI,
  colour: 'yellow',
  ...{ since: epochMs(NOW - 9), validUntil: epochMs(NOW + 9) },
} as const;

async function evidenceOf(store: Store, id = 'a'): Promise<Evidence> {
  let seen: Evidence | undefined;
  const look: Decide = (evidence, held) => {
    seen = evidence;
    return same(evidence, held);
  };
  await store.rescore([id], look, rule(1));
  if (!seen) throw new Error('nobody');
  return seen;
}

/** What the Store port promises of evidence, whichever engine is behind it. */
export function evidenceSuite(open: () => Promise<StoreUnderTest>): void {
  importSuite(open);
  areaSuite(open);
  reportSuite(open);
  feverSuite(open);
}

function importSuite(open: () => Promise<StoreUnderTest>): void {
  describe('imports of evidence', () => {
    test('the same again adds nothing and touches nobody', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const area = { division: HANGZHOU, level: 'high', from: '2022-02-01', until: '2022-02-09' };
      const imports = [
        () => hangzhou.addListings('returnee', [LISTING]),
        () => hangzhou.addJourneys([{ ...JOURNEY, leftOn: '2022-02-20' }]),
        () => hangzhou.addElsewhere([ABROAD]),
      ];
      for (const bring of imports) {
        const first = { added: 1, unchanged: 0, changed: 0, touched: ['a'] };
        expect(await bring()).toEqual(first);
        expect(await bring()).toEqual({ added: 0, unchanged: 1, changed: 0, touched: [] });
      }
      const areas = [{ ...area, level: 'high' as const }];
      expect(await hangzhou.addAreas(areas)).toEqual({
        ...{ added: 1, unchanged: 0, changed: 0, touched: 1 },
      });
      expect(await hangzhou.addAreas(areas)).toMatchObject({ added: 0, unchanged: 1, touched: 0 });
    });

    test('a dry run counts as the real one would, and leaves no trace', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const before = await evidenceOf(hangzhou);
      const dryRun = { dryRun: true };
      const area = { division: HANGZHOU, from: '2022-02-01', until: '2022-02-09' };
      const counts = [
        await hangzhou.addListings('confirmed', [LISTING], dryRun),
        await hangzhou.addJourneys([{ ...JOURNEY, leftOn: '2022-02-20' }], dryRun),
        await hangzhou.addElsewhere([ABROAD], dryRun),
        await hangzhou.addAreas([{ ...area, level: 'high' }], dryRun),
      ];
      expect(counts.map(({ added }) => added)).toEqual([1, 1, 1, 1]);
      expect(counts.map(({ touched }) => touched)).toEqual([['a'], ['a'], ['a'], 1]);
      expect(await hangzhou.due(NOW, 9)).toEqual([]);
      expect(await hangzhou.touchAreas(9)).toEqual([]);
      expect(await evidenceOf(hangzhou)).toEqual(before);
    });

    test('of a list the first date since the last release counts, in any order of arrival', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const bring = (kind: 'returnee' | 'released', since: string) =>
        hangzhou.addListings(kind, [{ ...LISTING, since }]);
      await bring('returnee', '2022-02-20');
      expect(await bring('returnee', '2022-02-18')).toMatchObject({ added: 0, changed: 1 });
      await bring('released', '2022-02-15');
      await bring('returnee', '2022-02-10');
      await bring('released', '2022-02-12');
      expect((await evidenceOf(hangzhou)).lists).toEqual([
        { kind: 'released', since: '2022-02-15' },
        { kind: 'returnee', since: '2022-02-18' },
      ]);
    });

    test("a journey has its division's highest risk of that day; past a hundred the newest count", async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const area = { division: SHANGHAI, until: '2022-02-20' };
      await hangzhou.addAreas([
        { ...area, level: 'high', from: '2022-02-20' },
        { ...area, level: 'medium', from: '2022-02-10' },
      ]);
      const days = ['2022-02-20', '2022-02-21', '2022-02-19'];
      const shanghai = { ...JOURNEY, division: SHANGHAI };
      await hangzhou.addJourneys(days.map((leftOn) => ({ ...shanghai, leftOn })));
      expect((await evidenceOf(hangzhou)).journeys).toEqual([
        { level: 'medium', leftOn: '2022-02-19' },
        { level: 'high', leftOn: '2022-02-20' },
        { level: 'low', leftOn: '2022-02-21' },
      ]);
      const many = Array.from({ length: factsReportsCountMax }, (_, n) =>
        new Date(Date.UTC(2021, 0, 1 + n)).toISOString().slice(0, 10),
      );
      await hangzhou.addJourneys(many.map((leftOn) => ({ ...JOURNEY, leftOn })));
      const { journeys, leftOut } = await evidenceOf(hangzhou);
      expect([journeys.length, leftOut]).toEqual([factsReportsCountMax, 3]);
      expect(journeys.at(-1)).toEqual({ level: 'low', leftOn: '2022-02-21' });
      expect(journeys[0]?.leftOn).toBe('2021-01-04');
    });

    test('of a region the latest word counts, and the same date again corrects it', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const said = async (since: number, colour: 'green' | 'red') => {
        const entry = { ...ABROAD, colour, since: epochMs(since) };
        const { touched: _touched, ...counts } = await hangzhou.addElsewhere([entry]);
        return [counts, (await evidenceOf(hangzhou)).elsewhere.map((one) => one.colour)];
      };
      const [added, unchanged, changed] = [1, 1, 1];
      const none = { added: 0, unchanged: 0, changed: 0 };
      expect(await said(5, 'green')).toEqual([{ ...none, added }, ['green']]);
      expect(await said(1, 'red')).toEqual([{ ...none, unchanged }, ['green']]);
      expect(await said(5, 'red')).toEqual([{ ...none, changed }, ['red']]);
      expect(await said(6, 'green')).toEqual([{ ...none, changed }, ['green']]);
    });
  });
}

function areaSuite(open: () => Promise<StoreUnderTest>): void {
  test('an area touches its people slice by slice: those who live there, and those who were there', async () => {
    const { hangzhou, ningbo } = await open();
    await declared(hangzhou, ...'abcdef');
    await hangzhou.addJourneys(
      ['e', 'stranger'].map((id) => ({
        ...{ mode: 'road', division: SHANGHAI, leftOn: '2022-02-02' },
        idHash: bytes(`id-${id}`),
      })),
    );
    await evidenceOf(hangzhou, 'e');
    const area = { level: 'high', from: '2022-02-01', until: '2022-02-09' } as const;
    const areas = [HANGZHOU, SHANGHAI].map((division) => ({ ...area, division }));
    expect(await hangzhou.addAreas(areas)).toMatchObject({ added: 2, touched: 6 });
    const slices: (readonly string[])[] = [];
    for (;;) {
      const slice = await hangzhou.touchAreas(4);
      if (slice.length === 0) break;
      expect(await hangzhou.due(NOW, 9)).toEqual(expect.arrayContaining([...slice]));
      slices.push(slice);
    }
    expect(slices.flat().sort()).toEqual([...'abcdeef']);
    expect(Math.max(...slices.map(({ length }) => length))).toBe(4);
    expect(await ningbo.touchAreas(4)).toEqual([]);
  });
}

function reportSuite(open: () => Promise<StoreUnderTest>): void {
  const reported = (day: string, at: number, centiC: number | null, symptoms = WELL) => ({
    ...{ day, at, temperatureCentiC: centiC, symptoms },
  });

  describe('daily reports', () => {
    test('the last of a day counts; they are read by their holder, the newest first', async () => {
      const { hangzhou, ningbo } = await open();
      await declared(hangzhou, 'a', 'b');
      await hangzhou.addReport('a', reported('2022-03-01', 3, 3700));
      await hangzhou.addReport('a', reported('2022-03-01', 2, 3900));
      await hangzhou.addReport('a', reported('2022-03-02', 4, null, { ...WELL, fever: true }));
      await hangzhou.addReport('b', reported('2022-03-03', 5, 3600));
      const [second, first] = await hangzhou.reports('a', undefined, 9);
      expect([first?.temperatureCentiC, second?.symptoms.fever]).toEqual([3700, true]);
      expect(await hangzhou.reports('a', '2022-03-02', 9)).toEqual([first]);
      expect(await hangzhou.reports('a', undefined, 1)).toEqual([second]);
      expect(await ningbo.reports('a', undefined, 9)).toEqual([]);
      expect(await evidenceOf(hangzhou)).toMatchObject({
        report: { at: 4, temperatureCentiC: null, symptoms: { fever: true } },
        temperature: { at: 3, centiC: 3700 },
        reportedDays: [],
      });
    });

    test('the days since the first date on a list are told, of those on a list', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      for (const [i, day] of ['2022-02-19', '2022-02-20', '2022-02-22'].entries()) {
        await hangzhou.addReport('a', reported(day, i, i === 1 ? null : 3650));
        await hangzhou.addReport('b', reported(day, i, 3650));
      }
      await hangzhou.addListings('close-contact', [LISTING]);
      await hangzhou.addListings('returnee', [{ idHash: bytes('id-b'), since: '2022-02-22' }]);
      expect((await evidenceOf(hangzhou)).reportedDays).toEqual([
        { day: '2022-02-22', symptoms: false, temperatureCentiC: 3650 },
        { day: '2022-02-20', symptoms: false, temperatureCentiC: null },
      ]);
      expect((await evidenceOf(hangzhou, 'b')).reportedDays).toHaveLength(1);
    });
  });
}

function feverSuite(open: () => Promise<StoreUnderTest>): void {
  const gateway = gatewayIdSchema.parse('gate-1');
  const event = (seq: number, at: number, key: string, policyVer = 1) => ({
    ...{ seq, payload: bytes('p'), hash: bytes(`h${seq}`), poison: false },
    fever: { key: replicaKeySchema.parse(key), at, policyVer, lane: laneIdSchema.parse('lane-1') },
  });

  test('a fever at a gate is kept with the event, at the line of the policy, and once', async () => {
    const { hangzhou } = await open();
    await declared(hangzhou, 'a', 'b');
    await evidenceOf(hangzhou);
    const sub = await hangzhou.pseudonym('a', 1);
    const key = Buffer.from(sub ?? []).toString('hex', 0, 8);
    for (const [version, feverCentiC] of [
      [1, 3750],
      [2, 3800],
    ] as const) {
      await hangzhou.putDocument('admission-policy', () => ({
        ...DEFAULT_POLICY,
        ...{ version, feverCentiC },
      }));
    }
    const push = (events: Parameters<Store['appendPassages']>[2]) =>
      hangzhou.appendPassages(gateway, 1, events, NOW);
    const stranger = event(2, 9, '00000000000000ff');
    expect(await push([event(1, 5, key, 2), stranger])).toMatchObject({ feverish: ['a'] });
    expect(await hangzhou.due(NOW, 9)).toEqual(['a']);
    expect((await evidenceOf(hangzhou)).temperature).toEqual({ at: 5, centiC: 3800 });
    expect(await push([event(1, 5, key, 2), stranger])).toMatchObject({ feverish: [] });
    await push([event(3, 4, key), event(4, 6, key, 1)]);
    expect((await evidenceOf(hangzhou)).temperature).toEqual({ at: 6, centiC: 3750 });
    await hangzhou.addReport('a', {
      ...{ day: '2022-03-01', at: 7, temperatureCentiC: 3650, symptoms: WELL },
    });
    expect((await evidenceOf(hangzhou)).temperature).toEqual({ at: 7, centiC: 3650 });
    expect((await evidenceOf(hangzhou, 'b')).temperature).toBeUndefined();
  });

  test('a contradiction is kept once, and read in the order in which it was found', async () => {
    const { hangzhou, ningbo } = await open();
    await declared(hangzhou, 'a', 'b');
    const found = (declaredAt: number, foundAt: number) => ({
      ...({ declared: 'no-contact', list: 'close-contact', since: '2022-02-20' } as const),
      ...{ division: declaration.division, declaredAt, foundAt },
    });
    const flag = (id: string, declaredAt: number, foundAt: number) =>
      hangzhou.rescore(
        [id],
        (evidence, held) => ({
          ...same(evidence, held),
          contradictions: [found(declaredAt, foundAt)],
        }),
        rule(1),
      );
    await flag('b', 1, 10);
    await flag('b', 1, 20);
    await flag('b', 2, 20);
    await flag('a', 1, 20);
    const rows = await hangzhou.contradictions(undefined, 9);
    expect(rows.map((row) => [row.foundAt, row.holder, row.declaredAt])).toEqual([
      [10, 'b', 1],
      [20, 'a', 1],
      [20, 'b', 2],
    ]);
    const [first] = rows;
    expect(first).toEqual({ holder: 'b', ...found(1, 10) });
    expect(await hangzhou.contradictions(first, 1)).toEqual([rows[1]]);
    expect(await ningbo.contradictions(undefined, 9)).toEqual([]);
  });
}
