import { narrows } from '@greengate/contracts/rules/narrows';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import {
  AREA_INPUTS,
  DECLARATION_INPUTS,
  ELSEWHERE_INPUTS,
  JOURNEY_INPUTS,
  LIST_INPUTS,
  PURPOSE_INPUTS,
  REPORT_INPUTS,
  REPORTED_DAYS_INPUTS,
} from '@greengate/contracts/rules/packs/inputs';
import { zhejiangPack } from '@greengate/contracts/rules/packs/zhejiang';
import { cityRules } from './city-rules.ts';

/**
 * A city of Zhejiang as it would publish: the province's three hard lines, the province's seven other rules taken over,
 * and thirty of its own about journeys, other regions, silence and several things at once. No two are alike.
 */
export function cityPack(): ScoringPack {
  const city = scoringPackSchema.parse({
    ...zhejiangPack,
    id: 'hangzhou',
    region: '330100',
    thresholds: { ...zhejiangPack.thresholds, watchCentiC: 3700, highFeverCentiC: 3850, ...days },
    inputs: [
      { path: 'now', type: 'date' },
      ...DECLARATION_INPUTS,
      ...PURPOSE_INPUTS,
      ...LIST_INPUTS,
      ...REPORTED_DAYS_INPUTS,
      ...AREA_INPUTS,
      ...REPORT_INPUTS,
      ...JOURNEY_INPUTS,
      ...ELSEWHERE_INPUTS,
    ],
    rules: [...zhejiangPack.rules.filter(({ hardLine }) => !hardLine), ...cityRules],
    tests: [],
  });
  const { pack, problems } = narrows(city, zhejiangPack);
  if (pack === null) throw new Error(`weaker than its province: ${problems[0]?.en}`);
  return pack;
}

const days = { newcomerDays: 7, settledDays: 30, entriesMany: 3, journeysMany: 4 };
