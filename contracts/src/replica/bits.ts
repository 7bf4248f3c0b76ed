/** Writes and reads numbers of any width, most significant bit first. */
export interface BitWriter {
  /** `value` below 2^width, width at most 32. */
  put(value: number, width: number): void;
  /** So many ones, and a zero. */
  putUnary(ones: number): void;
  /** A number from 1 on, in twice as many bits as it has (Elias gamma). */
  putGamma(value: number): void;
  /** Fills the last byte with zeros. */
  align(): void;
  bytes(): Uint8Array;
}

/** Reading past the end, or padding that is not zero, makes it `spoilt`; what it answers then means nothing. */
export interface BitReader {
  take(width: number): number;
  /** Ones up to the next zero; more than `onesMax` spoil it. */
  takeUnary(onesMax: number): number;
  takeGamma(): number;
  align(): void;
  readonly left: () => number;
  readonly spoilt: () => boolean;
}

export function bitWriter(): BitWriter {
  let buffer = new Uint8Array(1024);
  let length = 0;
  let held = 0;
  let count = 0;
  const push = (byte: number) => {
    if (length === buffer.length) {
      const wider = new Uint8Array(2 * length);
      wider.set(buffer);
      buffer = wider;
    }
    buffer[length] = byte;
    length += 1;
  };
  const put = (value: number, width: number) => {
    let left = width;
    while (left > 0) {
      const step = Math.min(8 - count, left);
      left -= step;
      held = (held << step) | ((value >>> left) & ((1 << step) - 1));
      count += step;
      if (count === 8) {
        push(held);
        held = 0;
        count = 0;
      }
    }
  };
  return {
    put,
    putUnary(ones) {
      let left = ones;
      for (; left >= 31; left -= 31) put(0x7fff_ffff, 31);
      put(2 ** (left + 1) - 2, left + 1);
    },
    putGamma(value) {
      const width = 31 - Math.clz32(value);
      put(2 ** (width + 1) - 2, width + 1);
      put(value, width);
    },
    align: () => put(0, (8 - count) % 8),
    bytes: () => buffer.slice(0, length),
  };
}

export function bitReader(bytes: Uint8Array): BitReader {
  const end = bytes.length * 8;
  let at = 0;
  let spoilt = false;
  const take = (width: number): number => {
    if (at + width > end) {
      spoilt = true;
      at = end;
      return 0;
    }
    let value = 0;
    let left = width;
    while (left > 0) {
      const free = 8 - (at & 7);
      const step = Math.min(free, left);
      const byte = bytes[at >> 3] ?? 0;
      value = value * 2 ** step + ((byte >> (free - step)) & ((1 << step) - 1));
      at += step;
      left -= step;
    }
    return value;
  };
  const takeUnary = (onesMax: number): number => {
    let ones = 0;
    while (take(1) === 1) {
      ones += 1;
      if (ones > onesMax) {
        spoilt = true;
        at = end;
      }
    }
    return ones;
  };
  return {
    take,
    takeUnary,
    takeGamma() {
      const width = takeUnary(31);
      return spoilt ? 0 : 2 ** width + take(width);
    },
    align() {
      if (take((8 - (at & 7)) % 8) !== 0) spoilt = true;
    },
    left: () => end - at,
    spoilt: () => spoilt,
  };
}
