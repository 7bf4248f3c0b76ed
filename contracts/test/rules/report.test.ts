import { describe, expect, test } from 'vitest';
import { scoringPackSchema } from '../../src/rules/pack.ts';
import { nationalPack } from '../../src/rules/packs/national.ts';
import { shandongPack } from '../../src/rules/packs/shandong.ts';
import { starterPack } from '../../src/rules/packs/starter.ts';
import { zhejiangPack } from '../../src/rules/packs/zhejiang.ts';
import { reportOf } from '../../src/rules/report.ts';

const pack = {
  rules: [
    { id: 'plain' },
    { id: 'office', report: ['disease-control'] },
    { id: 'unit', report: ['unit', 'community'] },
  ],
} as const;

describe('who is told of a red', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['a rule that names nobody', ['plain'], ['community', 'unit']],
    ['a rule that names the office alone', ['office'], ['disease-control']],
    ['several rules', ['unit', 'office'], ['community', 'unit', 'disease-control']],
    [
      'a rule that names nobody beside one that does',
      ['plain', 'office'],
      ['community', 'unit', 'disease-control'],
    ],
    ['no rule of the pack', ['lapsed'], ['community', 'unit']],
  ])('%s', (_name, rules, told) => {
    expect(reportOf(pack, rules)).toEqual(told);
  });

  test.each([zhejiangPack, shandongPack, nationalPack, starterPack])(
    'in $id the disease-control office hears of cases and suspects, and of nobody else',
    (shipped) => {
      const heard = shipped.rules.filter(({ id }) =>
        reportOf(shipped, [id]).includes('disease-control'),
      );
      expect(heard.map(({ reason }) => reason)).toEqual(['listed-infected']);
    },
  );

  test('a pack that names somebody else, or nobody, is refused', () => {
    for (const report of [['police'], [], 'community', ['community', 1]]) {
      const [first, ...rest] = starterPack.rules;
      const rules = [{ ...first, report }, ...rest];
      expect(scoringPackSchema.safeParse({ ...starterPack, rules }).success).toBe(false);
    }
  });
});
