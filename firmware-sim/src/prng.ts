/** A seeded source of chance: the same seed gives the same run of numbers on every machine. */
export interface Prng {
  /** In [0, 1). */
  unit(): number;
  /** A whole number in [0, count). */
  below(count: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** An independent source, so that one lane's draws do not shift another's. */
  fork(label: string): Prng;
}

/** xoshiro128** 1.1 of Blackman and Vigna, its state filled by splitmix32 from the seed. */
export function createPrng(seed: number): Prng {
  const state = new Uint32Array(4);
  let mix = seed >>> 0;
  for (let i = 0; i < state.length; i++) {
    mix = (mix + 0x9e3779b9) >>> 0;
    state[i] = splitmix(mix);
  }

  const next = (): number => {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const a = s2 ^ s0;
    const b = s3 ^ s1;
    state.set([s0 ^ b, s1 ^ a, a ^ (s1 << 9), rotateLeft(b, 11)]);
    return result;
  };

  const unit = () => next() / 2 ** 32;
  const below = (count: number) => Math.floor(unit() * count);
  return {
    unit,
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    fork: (label) => createPrng(hash(label, seed)),
  };
}

function splitmix(value: number): number {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** FNV-1a over the label, started from the seed. */
function hash(label: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (const char of label) {
    value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}
