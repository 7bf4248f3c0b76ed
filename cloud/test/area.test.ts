import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coversDivision, divisionsAbove, placeOf } from '../src/area.ts';

// Few digits, so that one often lies in another; no part that is all zeros but at the end.
const two = fc.constantFrom('00', '01', '02');
const three = fc.constantFrom('000', '001', '002');
const division = fc
  .tuple(two, two, fc.constantFrom(0, 1, 2), three, three)
  .map(([city, district, parts, township, community]) => {
    const below = city === '00' ? '00' : district;
    const inTownship = township === '000' ? '000' : community;
    return `33${city}${below}${[township, inTownship].slice(0, parts).join('')}`;
  });

test('a division lies in what covers it, and in nothing else', () => {
  fc.assert(
    fc.property(division, division, (area, one) => {
      expect(divisionsAbove(one).includes(placeOf(area))).toBe(coversDivision(area, one));
    }),
  );
});

test('the nearest comes first', () => {
  const all = ['330106001002', '330106001', '330106', '330100', '330000'];
  expect(divisionsAbove('330106001002')).toEqual(all);
  expect(divisionsAbove('330106001000')).toEqual(all.slice(1));
  expect(divisionsAbove('330100')).toEqual(all.slice(3));
});
