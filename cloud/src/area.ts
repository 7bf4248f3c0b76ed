/** Code of an administrative division: province, city or district (6 digits), township (9), community (12). */
export const DIVISION = /^[1-9][0-9]{5}(?:[0-9]{3}){0,2}$/;

/** Whether a division is another one or lies in it: 330106 and 330106001 lie in 330100, that in 330000. */
export function coversDivision(area: string, division: string): boolean {
  return DIVISION.test(area) && DIVISION.test(division) && division.startsWith(divisionStem(area));
}

/** The digits that a division and all below it begin with. */
export function divisionStem(area: string): string {
  const [district = '', below = ''] = [area.slice(0, 6), area.slice(6)];
  const named = below.replace(/(?:000)+$/, '');
  if (named !== '') return district + named;
  return district.replace(/(?:00){1,2}$/, '');
}

/**
 * A division and all that it lies in, the nearest first, by GB/T 2260: 330106001002, 330106001, 330106, 330100, 330000.
 * A township may be written with its communities' digits at zero; it is one place whichever way.
 */
export function divisionsAbove(division: string): readonly string[] {
  const [district, below] = [division.slice(0, 6), division.slice(6)];
  const [township, community] = [below.slice(0, 3), below.slice(3)];
  const all = [
    ...(community === '' ? [] : [division]),
    ...(township === '' ? [] : [district + township]),
    district,
    `${district.slice(0, 4)}00`,
    `${district.slice(0, 2)}0000`,
  ];
  return [...new Set(all.map(placeOf))];
}

/** One way to write a division: without the zeros that name nothing below the district. */
export function placeOf(division: string): string {
  return division.slice(0, 6) + division.slice(6).replace(/(?:000)+$/, '');
}
