import { asciiBytes, concatBytes, fromHex } from '../bytes.ts';
import { stepMs } from '../limits.ts';
import type { EpochMs } from '../time.ts';

const DOMAIN = asciiBytes('greengate-holder-proof-1\0');

// Half the order of P-256 (SEC 2, secp256r1): a signature with a larger s has a twin, and is refused.
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
const HALF_ORDER_BYTES = fromHex(HALF_ORDER.toString(16).padStart(64, '0'));
const ORDER = 2n * HALF_ORDER + 1n;

/** The 30-second step that an instant falls into. */
export function stepAt(now: EpochMs): number {
  return Math.floor(now / stepMs);
}

/** What the holder's phone signs: that it holds the key of this token in this step. */
export function proofMessage(tokenSha256: Uint8Array, step: number): Uint8Array {
  const tail = new Uint8Array(4);
  new DataView(tail.buffer).setUint32(0, step);
  return concatBytes(DOMAIN, tokenSha256, tail);
}

/** Whether s is in the lower half, the one form that gates accept of the two valid ones (THREATS T16). */
export function isLowS(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  // Byte by byte: this is on a lane's path, and big integers cost more than the comparison.
  const at = HALF_ORDER_BYTES.findIndex((byte, i) => byte !== signature[32 + i]);
  return at < 0 || (signature[32 + at] ?? 0) < (HALF_ORDER_BYTES[at] ?? 0);
}

/** Turns any valid r||s signature into the low-s form. Signers such as WebCrypto give either at random. */
export function toLowS(signature: Uint8Array): Uint8Array {
  if (isLowS(signature)) return signature;
  const s = (ORDER - readScalar(signature.subarray(32))).toString(16).padStart(64, '0');
  const low = signature.slice();
  for (let i = 0; i < 32; i++) low[32 + i] = Number.parseInt(s.slice(2 * i, 2 * i + 2), 16);
  return low;
}

function readScalar(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
