import { type RegionId, regionIdSchema } from '@greengate/contracts/ids';
import { narrows } from '@greengate/contracts/rules/narrows';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import { starterPack } from '@greengate/contracts/rules/packs/starter';
import { canonicalJson } from './canonical.ts';
import { provinceOf } from './check.ts';

/** What a new region scores with until its operators publish packs of their own. */
export interface FirstPacks {
  readonly city: ScoringPack;
  readonly province: ScoringPack;
  /** The two joined; its version is the number of its edition. */
  readonly edition: ScoringPack;
}

/** The starter pack as the city's own, inside its hard lines as the province's. */
export function firstPacks(region: RegionId): FirstPacks {
  const city = { ...starterPack, region };
  const province = {
    ...starterPack,
    id: 'starter-lines',
    region: regionIdSchema.parse(provinceOf(region)),
  };
  const { pack: edition } = narrows(city, province);
  if (edition === null) throw new Error('the starter pack does not stay inside its own hard lines');
  return { city, province, edition };
}

/** The body of an edition: the joined pack, under the number that verdicts will name. */
export function editionBody(joined: string): (number: number) => string {
  const pack = scoringPackSchema.parse(JSON.parse(joined));
  return (number) => canonicalJson({ ...pack, version: number });
}
