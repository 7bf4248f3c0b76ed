/** A whole number from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/** The draws of one person: anybody can be drawn by themselves, in any order, and the seed says who they are. */
export function draws(seed: number, index: number): Random {
  // Far apart even for neighbours: the finaliser of MurmurHash3 over both; xorshift32 never leaves zero.
  let state = mixed(mixed(seed) ^ index) || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
