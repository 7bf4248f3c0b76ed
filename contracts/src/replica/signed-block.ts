import { asciiBytes, concatBytes, equalBytes } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import type { SignEd25519 } from '../crypto.ts';
import { ok, type Result, refuse } from '../result.ts';

/** Checks an Ed25519 signature of one known signer. */
export type CheckSignature = (message: Uint8Array, signature: Uint8Array) => boolean;

/** A header whose signature held, and the bytes that follow it. */
export interface SignedBlock {
  readonly header: unknown;
  readonly body: Uint8Array;
}

const MAGIC_BYTES = 4;
const SIGNATURE_BYTES = 64;

/**
 * The common frame of manifests and segments:
 * magic (4) | header length u32 | header, deterministic CBOR | signature (64) | body.
 * The signature covers magic and header; the header names the body's hash, so the body may come later.
 */
export function encodeSignedBlock(
  magic: string,
  header: Map<string, unknown>,
  body: Uint8Array,
  sign: SignEd25519,
): Uint8Array {
  const head = encodeCbor(header);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  const signature = sign(concatBytes(asciiBytes(magic), head));
  return concatBytes(asciiBytes(magic), length, head, signature, body);
}

/**
 * Refusals: `block-truncated`, `block-malformed`, `block-signature-invalid`. The header is interpreted only
 * after its signature held.
 */
export function decodeSignedBlock(
  magic: string,
  bytes: Uint8Array,
  check: CheckSignature,
): Result<SignedBlock> {
  if (bytes.length < MAGIC_BYTES + 4) return refuse('block-truncated');
  if (!equalBytes(bytes.subarray(0, MAGIC_BYTES), asciiBytes(magic)))
    return refuse('block-malformed');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC_BYTES);
  const headAt = MAGIC_BYTES + 4;
  const bodyAt = headAt + length + SIGNATURE_BYTES;
  if (bodyAt > bytes.length) return refuse('block-truncated');
  const head = bytes.subarray(headAt, headAt + length);
  const signature = bytes.subarray(headAt + length, bodyAt);
  if (!check(concatBytes(asciiBytes(magic), head), signature))
    return refuse('block-signature-invalid');
  const header = decodeCbor(head);
  return header.ok
    ? ok({ header: header.value, body: bytes.subarray(bodyAt) })
    : refuse('block-malformed');
}
