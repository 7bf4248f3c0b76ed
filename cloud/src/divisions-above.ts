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
