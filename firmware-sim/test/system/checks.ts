import { createHash } from 'node:crypto';
import type { Crypto } from '@greengate/contracts/crypto';
import { createNodeCrypto } from '../../../edge/dist/verify/node-crypto.js';

const checksKeptMax = 20_000;

const known = new Map<string, boolean>();

/**
 * The gateways' own primitives. What was checked once is not computed again, bit by bit the same: the codes of the
 * same few people are shown in all runs, and every gateway checks the same segments.
 */
export const rememberedCrypto: Crypto = remembering(createNodeCrypto());

function remembering(real: Crypto): Crypto {
  const once =
    (curve: string, check: Crypto['verifyEd25519']): Crypto['verifyEd25519'] =>
    (publicKey, message, signature) => {
      const name = createHash('sha256')
        .update(curve)
        .update(publicKey)
        .update(signature)
        .update(message)
        .digest('base64');
      const before = known.get(name);
      if (before !== undefined) return before;
      const isRight = check(publicKey, message, signature);
      if (known.size >= checksKeptMax) known.clear();
      known.set(name, isRight);
      return isRight;
    };
  return {
    ...real,
    verifyEd25519: once('ed25519', real.verifyEd25519),
    verifyP256: once('p256', real.verifyP256),
  };
}
