import { nodeCrypto } from './crypto.ts';
import type { Random } from './ports.ts';

const TOKEN_BYTES = 32;

/** A bearer token of 256 bits, and what is kept of it. The token is shown once and stored nowhere. */
export function newToken(random: Random): { token: string; sha256: Uint8Array } {
  const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
  return { token, sha256: nodeCrypto.sha256(new TextEncoder().encode(token)) };
}
