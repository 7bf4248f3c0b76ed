import { hash } from 'node:crypto';

/** Length of a seal: an attacker, or a disk, has one chance in 2^64 a try. */
export const SEAL_BYTES = 8;

/**
 * Seals what replica.db holds, so that a turned bit is seen: SQLite's pages have no checksum (THREATS finding 3).
 * `context` says what the bytes are; bytes sealed as one thing are no other thing.
 */
export interface Seal {
  /** `SEAL_BYTES` bytes over context and bytes. */
  of(context: string, bytes: Uint8Array): Uint8Array;
  holds(context: string, bytes: Uint8Array, seal: Uint8Array): boolean;
}

/**
 * `key`: 32 bytes that are not in the file. SHA-256 over key, context and bytes, cut to 64 bits: without the other
 * 192 nobody continues it to a longer message, so HMAC's second pass, which costs twice, buys nothing here.
 */
export function createSeal(key: Uint8Array): Seal {
  const prefixes = new Map<string, Uint8Array>();
  let scratch = Buffer.alloc(4096);

  const prefixOf = (context: string): Uint8Array => {
    const known = prefixes.get(context);
    if (known) return known;
    const name = Buffer.from(context);
    const made = Buffer.concat([key, Uint8Array.of(name.length), name]);
    prefixes.set(context, made);
    return made;
  };
  const digest = (context: string, bytes: Uint8Array): Buffer => {
    const prefix = prefixOf(context);
    const length = prefix.length + bytes.length;
    if (scratch.length < length) scratch = Buffer.alloc(2 * length);
    scratch.set(prefix);
    scratch.set(bytes, prefix.length);
    return hash('sha256', scratch.subarray(0, length), 'buffer');
  };

  return {
    of: (context, bytes) => digest(context, bytes).subarray(0, SEAL_BYTES),
    holds: (context, bytes, seal) =>
      seal.length === SEAL_BYTES && digest(context, bytes).compare(seal, 0, 8, 0, 8) === 0,
  };
}
