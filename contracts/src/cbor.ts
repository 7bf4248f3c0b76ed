import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { equalBytes } from './bytes.ts';
import { cborDepthMax } from './limits.ts';
import { ok, type Result, refuse } from './result.ts';

const strict = {
  useMaps: true,
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
} as const;

/** Deterministic encoding of RFC 8949 section 4.2: shortest lengths, keys in bytewise order. Use Map for maps. */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/**
 * Decodes one CBOR item that fills `bytes` exactly and is in the deterministic encoding: so one value has one
 * encoding, and a code cannot be altered without changing its meaning (THREATS T16). Maps come as Map, their
 * keys are texts or integers; numbers are integers; nesting ends at `cborDepthMax`. The caller bounds `bytes`.
 */
export function decodeCbor(bytes: Uint8Array): Result<unknown> {
  let value: unknown;
  try {
    value = decode(bytes, strict);
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    return /not enough|did not find any/.test(text)
      ? refuse('cbor-truncated')
      : refuse('cbor-malformed');
  }
  if (!isPlain(value, 0)) return refuse('cbor-malformed');
  return equalBytes(encodeCbor(value), bytes) ? ok(value) : refuse('cbor-not-deterministic');
}

/** What our formats are made of. A container as a map key would also escape the search for duplicates. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isInteger(value);
  if (!Array.isArray(value) && !(value instanceof Map)) return true;
  if (depth === cborDepthMax) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  return [...value].every(([key, item]) => isKey(key) && isPlain(item, depth + 1));
}

function isKey(key: unknown): boolean {
  return typeof key === 'string' || Number.isInteger(key);
}
