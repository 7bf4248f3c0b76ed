import { createHash, createHmac } from 'node:crypto';
import { concatBytes, fromHex } from '../src/bytes.ts';

// SEC 2, secp256r1.
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const A = P - 3n;
const G: Point = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];

/** An affine point; undefined is the point at infinity. */
type Point = readonly [bigint, bigint] | undefined;

export interface P256Signer {
  /** Compressed point, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** ECDSA with SHA-256, r||s. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/**
 * ECDSA with the nonce of RFC 6979, so that golden vectors can be made again to the byte; node:crypto draws its
 * nonces. For tests only: slow, and not in constant time.
 */
export function p256Signer(privateKey: bigint): P256Signer {
  const [x, y] = affine(multiply(privateKey, G));
  return {
    publicKey: concatBytes(Uint8Array.of(y & 1n ? 3 : 2), bytesOf(x)),
    sign: (message) => {
      const hash = createHash('sha256').update(message).digest();
      const k = nonce(privateKey, hash);
      const r = affine(multiply(k, G))[0] % N;
      const s = (inverse(k, N) * (numberOf(hash) + r * privateKey)) % N;
      return concatBytes(bytesOf(r), bytesOf(s));
    },
  };
}

/** The other valid form of a signature: r||(n - s). */
export function twinOf(signature: Uint8Array): Uint8Array {
  return concatBytes(signature.subarray(0, 32), bytesOf(N - numberOf(signature.subarray(32))));
}

/** RFC 6979 section 3.2; a first candidate outside [1, n-1] has a probability of 2^-32 and is not drawn again. */
function nonce(privateKey: bigint, hash: Uint8Array): bigint {
  const seed = concatBytes(bytesOf(privateKey), bytesOf(numberOf(hash) % N));
  const v0 = new Uint8Array(32).fill(1);
  const k1 = hmac(new Uint8Array(32), v0, Uint8Array.of(0), seed);
  const v1 = hmac(k1, v0);
  const k2 = hmac(k1, v1, Uint8Array.of(1), seed);
  const v2 = hmac(k2, v1);
  return numberOf(hmac(k2, v2));
}

function hmac(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHmac('sha256', key)
      .update(concatBytes(...parts))
      .digest(),
  );
}

function multiply(factor: bigint, point: Point): Point {
  let sum: Point;
  for (let addend = point, rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, addend);
    addend = add(addend, addend);
  }
  return sum;
}

function add(a: Point, b: Point): Point {
  if (a === undefined || b === undefined) return a ?? b;
  const [ax, ay] = a;
  const [bx, by] = b;
  if (ax === bx && (ay + by) % P === 0n) return undefined;
  const slope =
    ax === bx
      ? (3n * ax * ax + A) * inverse(2n * ay, P)
      : modulo(by - ay, P) * inverse(modulo(bx - ax, P), P);
  const x = modulo(slope * slope - ax - bx, P);
  return [x, modulo(slope * (ax - x) - ay, P)];
}

/** Euclid's algorithm, extended. */
function inverse(value: bigint, of: bigint): bigint {
  let [r0, r1] = [of, modulo(value, of)];
  let [t0, t1] = [0n, 1n];
  while (r1 > 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return modulo(t0, of);
}

function modulo(value: bigint, of: bigint): bigint {
  return ((value % of) + of) % of;
}

function affine(point: Point): readonly [bigint, bigint] {
  if (point === undefined) throw new RangeError('the point at infinity is no key');
  return point;
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytesOf(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'));
}
