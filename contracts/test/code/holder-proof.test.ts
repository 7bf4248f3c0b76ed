import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { isLowS, proofMessage, stepAt, toLowS } from '../../src/code/holder-proof.ts';
import { epochMs } from '../../src/time.ts';
import { nodeCrypto, randomPhone } from '../node-crypto.ts';
import { twinOf } from '../p256-signer.ts';

describe('holder proof', () => {
  test.each([
    [0, 0],
    [29_999, 0],
    [30_000, 1],
    [1_583_020_800_000, 52_767_360],
  ])('the step at %i ms is %i', (now, step) => {
    expect(stepAt(epochMs(now))).toBe(step);
  });

  test('the message names the domain, the token and the step', () => {
    const message = proofMessage(new Uint8Array(32).fill(0xab), 0x01020304);
    expect(toHex(message)).toBe(
      `${toHex(Uint8Array.from('greengate-holder-proof-1\0', (c) => c.charCodeAt(0)))}${'ab'.repeat(32)}01020304`,
    );
  });

  test('T16 of a signature and its twin exactly one is low, and toLowS finds it', () => {
    const phone = randomPhone();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (message) => {
        const signature = phone.sign(message);
        const low = toLowS(signature);
        expect(isLowS(signature)).not.toBe(isLowS(twinOf(signature)));
        expect(isLowS(low)).toBe(true);
        expect(toLowS(twinOf(signature))).toEqual(low);
        expect(nodeCrypto.verifyP256(phone.publicKey, message, low)).toBe(true);
      }),
    );
  });

  test.each([0, 63, 65])('a signature of %i bytes is not low', (length) => {
    expect(isLowS(new Uint8Array(length))).toBe(false);
  });
});
