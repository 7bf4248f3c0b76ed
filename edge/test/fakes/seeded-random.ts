import type { Random } from '../../src/ports.ts';

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed = 1): Random {
  let state = seed;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const byte = () =>
    Math.floor(unit() * 256)
      .toString(16)
      .padStart(2, '0');
  return { unit, hex: (bytes) => Array.from({ length: bytes }, byte).join('') };
}
