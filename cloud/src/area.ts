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
