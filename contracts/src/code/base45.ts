import { ok, type Result, refuse } from '../result.ts';

// RFC 9285 section 4.2: the alphabet of a QR code's alphanumeric mode.
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const VALUES = new Map([...ALPHABET].map((char, value) => [char, value]));

/** Base45 of RFC 9285: two bytes become three characters, a last odd byte two. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const high = bytes[i] ?? 0;
    const low = bytes[i + 1];
    if (low === undefined) {
      text += ALPHABET.charAt(high % 45) + ALPHABET.charAt(Math.floor(high / 45));
    } else {
      const value = high * 256 + low;
      text += ALPHABET.charAt(value % 45);
      text += ALPHABET.charAt(Math.floor(value / 45) % 45);
      text += ALPHABET.charAt(Math.floor(value / 2025));
    }
  }
  return text;
}

/**
 * Refuses a character outside the alphabet and a group above its range (`code-malformed`), and an ending that
 * only a cut-off text has (`code-truncated`). Every accepted text is the one encoding of its bytes.
 */
export function decodeBase45(text: string): Result<Uint8Array> {
  const rest = text.length % 3;
  if (rest === 1) return refuse('code-truncated');
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (rest === 2 ? 1 : 0));
  for (let i = 0, out = 0; i < text.length; i += 3, out += 2) {
    const group = text.slice(i, i + 3);
    const value = groupValue(group);
    if (value === undefined || value > 0xffff) return refuse('code-malformed');
    if (group.length === 3) {
      bytes[out] = value >> 8;
      bytes[out + 1] = value & 0xff;
      continue;
    }
    // A whole group cut to two characters nearly always exceeds one byte.
    if (value > 0xff) return refuse('code-truncated');
    bytes[out] = value;
  }
  return ok(bytes);
}

/** c + 45 d + 2025 e of a group of two or three characters; undefined outside the alphabet. */
function groupValue(group: string): number | undefined {
  let value = 0;
  let weight = 1;
  for (const char of group) {
    const digit = VALUES.get(char);
    if (digit === undefined) return undefined;
    value += digit * weight;
    weight *= 45;
  }
  return value;
}
