import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLOURS } from '../../src/code/colour.ts';
import { parseDateTime } from '../../src/rules/certlogic-date-time.ts';
import { type ScoringPack, scoringPackSchema } from '../../src/rules/pack.ts';
import { bettered, type PackColour, severityOf } from '../../src/rules/pack-colours.ts';
import { nationalPack } from '../../src/rules/packs/national.ts';
import { shandongPack } from '../../src/rules/packs/shandong.ts';
import { zhejiangPack } from '../../src/rules/packs/zhejiang.ts';
import { compilePack } from '../../src/rules/score.ts';

const folder = new URL('../../vectors/rules/packs/', import.meta.url);
const packs = [zhejiangPack, shandongPack, nationalPack];

describe.each(packs.map((pack) => [pack.id, pack] as const))('%s', (id, pack) => {
  it('is the JSON that its vector holds', () => {
    const file = new URL(`${id}.json`, folder);
    const text = `${JSON.stringify(pack, null, 1)}\n`;
    if (process.env['UPDATE_VECTORS'] === '1') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, text);
    }
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(stored, 'UPDATE_VECTORS=1 writes it anew').toEqual(JSON.parse(text));
    expect(scoringPackSchema.parse(stored)).toEqual(pack);
  });

  it.each(pack.tests.map((one) => [one.name, one] as const))(
    '%s',
    (_name, { facts, expect: expected }) => {
      const verdict = compilePack(pack).score(facts, parseDateTime(facts.now) ?? 0);
      expect(verdict.shown).toBe(expected.colour);
      expect(verdict.nextShown).toBe(expected.nextColour ?? verdict.nextShown);
      const rules = verdict.matched.map(({ rule }) => rule);
      expect(rules).toEqual(expected.rules ?? rules);
    },
  );

  it('shows a gateway no colour as better than it is', () => {
    expect(bettered(pack.colours)).toEqual([]);
  });
});

describe('a threshold', () => {
  it('is data: another number is another verdict, and the verdict tells it', () => {
    const facts = zhejiangPack.tests.find(({ name }) => name === 'a fever at the line')?.facts;
    if (facts === undefined) throw new Error('no such test');
    const score = (pack: ScoringPack) =>
      compilePack(pack).score(facts, parseDateTime(facts.now) ?? 0);
    const lenient = {
      ...zhejiangPack,
      thresholds: { ...zhejiangPack.thresholds, feverCentiC: 3800 },
    };
    expect([score(zhejiangPack).colour, score(lenient).colour]).toEqual(['yellow', 'green']);
    expect(score(zhejiangPack).matched[0]?.values).toMatchObject({
      'thresholds.feverCentiC': 3730,
    });
  });
});

describe('colours', () => {
  const colour = (id: string, wire: PackColour['wire']): PackColour => ({
    id,
    wire,
    zh: id,
    en: id,
  });

  it.each<[string, PackColour[], number[]]>([
    ['two colours', [colour('green', 'green'), colour('red', 'red')], []],
    [
      'orange as red',
      [colour('yellow', 'yellow'), colour('orange', 'red'), colour('red', 'red')],
      [],
    ],
    [
      'orange as yellow',
      [colour('yellow', 'yellow'), colour('orange', 'yellow'), colour('red', 'red')],
      [1],
    ],
    ['a colour below green as green', [colour('blue', 'green'), colour('green', 'green')], []],
    [
      'a colour that nothing stands above',
      [colour('green', 'green'), colour('black', 'yellow')],
      [1],
    ],
    ['yellow as green', [colour('green', 'green'), colour('yellow', 'green')], [1]],
    [
      'a worse colour better than a lesser one',
      [colour('grey', 'red'), colour('yellow', 'yellow')],
      [1],
    ],
  ])('%s', (_name, colours, expected) => {
    expect(bettered(colours)).toEqual(expected);
  });

  it('of the wire are ranked', () => {
    expect(COLOURS.toSorted((a, b) => severityOf(a) - severityOf(b))).toEqual([
      'green',
      'pending',
      'yellow',
      'red',
    ]);
  });

  it('a gateway sees orange as red, and the holder orange', () => {
    const facts = nationalPack.tests.find(({ name }) =>
      name.startsWith('a contact: orange'),
    )?.facts;
    if (facts === undefined) throw new Error('no such test');
    const verdict = compilePack(nationalPack).score(facts, parseDateTime(facts.now) ?? 0);
    expect(verdict).toMatchObject({
      colour: 'red',
      shown: 'orange',
      nextColour: 'yellow',
      nextShown: 'yellow',
    });
    expect(verdict.matched[0]).toMatchObject({ colour: 'red', shown: 'orange' });
  });
});
