/** The randomness of one case: the same seed gives the same case for ever. */
export interface Draw {
  /** An integer in [0, below). */
  int(below: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(count: number): Buffer;
}

/** Mulberry32: small, quick, and good enough to choose where a byte is broken. */
export function createDraw(seed: number): Draw {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const draw: Draw = {
    int: (below) => Math.floor(unit() * below),
    chance: (share) => unit() < share,
    pick(from) {
      const found = from[draw.int(from.length)];
      if (found === undefined) throw new RangeError('nothing to pick from');
      return found;
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => draw.int(256))),
  };
  return draw;
}

/** The seed of one case of a run. */
export function caseSeed(seed: number, at: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(at, 0xc2b2ae35)) >>> 0;
}

const mutationsMax = 3;

/** Numbers at which lengths, counts and encodings turn over. */
const edges = [0, 1, 0x17, 0x18, 0x1f, 0x7f, 0x80, 0xbf, 0xc0, 0xf5, 0xfe, 0xff];

/** Something near to what is well-formed: a few bytes turned, set, cut, doubled, put in or taken from another. */
export function mutate(bytes: Buffer, draw: Draw, others: readonly Buffer[]): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + draw.int(mutationsMax); left > 0; left--) {
    changed = mutateOnce(changed, draw, others);
  }
  return changed;
}

function mutateOnce(bytes: Buffer, draw: Draw, others: readonly Buffer[]): Buffer {
  const at = draw.int(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + draw.int(16));
  const [head, part, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (draw.int(7)) {
    case 0:
      return at < bytes.length ? put(bytes, at, (bytes[at] ?? 0) ^ (1 << draw.int(8))) : bytes;
    case 1:
      return at < bytes.length ? put(bytes, at, draw.pick(edges)) : bytes;
    case 2:
      return Buffer.from(head);
    case 3:
      return Buffer.concat([head, part, part, tail]);
    case 4:
      return Buffer.concat([head, draw.bytes(1 + draw.int(8)), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([head, tail]);
    default: {
      const other = draw.pick(others);
      return Buffer.concat([head, other.subarray(draw.int(other.length + 1))]);
    }
  }
}

function put(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = value;
  return changed;
}
