import { createHash } from 'node:crypto';
import { encodeCbor } from '@greengate/contracts/cbor';
import { encodeBase45 } from '@greengate/contracts/code/base45';
import {
  CODE_PREFIX,
  mintToken,
  presentToken,
  printToken,
} from '@greengate/contracts/code/health-code';
import { stepAt } from '@greengate/contracts/code/holder-proof';
import type { TrustList } from '@greengate/contracts/code/trust';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import { keyIdSchema, regionIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { type Draw, mutate } from '../draw.ts';
import { outcomeOf, type Target } from '../target.ts';

const now = epochMs(1_583_020_800_000);
const dayMs = 86_400_000;
const region = regionIdSchema.parse('330100');
const keyId = keyIdSchema.parse('00112233445566aa');
const trust: TrustList = {
  version: 1,
  environment: 'fuzz',
  keys: [
    {
      keyId,
      publicKey: '11'.repeat(32),
      purpose: 'issue',
      issuer: region,
      environment: 'fuzz',
      notBefore: now - dayMs,
      notAfter: now + dayMs,
    },
  ],
  issuersAccepted: [region],
};

/** Every signature holds: else no case would come past it, and what lies behind is what is fuzzed. */
const crypto = {
  sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: () => true,
  verifyP256: () => true,
};

export const codeTarget: Target = {
  name: 'code',
  about: 'health codes: text, Base45, CBOR, COSE, claims, holder proof',
  prepare: async () => {
    const tokens = [true, false].map((withHolder) =>
      Buffer.from(
        mintToken(
          {
            iss: region,
            sub: Buffer.alloc(16, 7),
            issuedAt: epochMs(now - 60_000),
            expiresAt: epochMs(now + dayMs),
            kind: withHolder ? 'phone' : 'paper',
            colour: 'green',
            nextColour: 'yellow',
            ...(withHolder
              ? { holderKey: Buffer.concat([Buffer.of(2), Buffer.alloc(32, 9)]) }
              : {}),
          },
          keyId,
          () => new Uint8Array(64).fill(5),
        ),
      ),
    );
    const proof = () => new Uint8Array(64).fill(1);
    const texts = tokens.flatMap((token) => [
      Buffer.from(printToken(token)),
      Buffer.from(presentToken(token, stepAt(now), crypto.sha256, proof)),
    ]);
    const verify = (text: string) => outcomeOf(verifyCode(text, trust, now, crypto));
    return (draw) => verify(draw.chance(0.3) ? textOf(draw, texts) : inside(draw, tokens));
  },
};

function textOf(draw: Draw, texts: readonly Buffer[]): string {
  if (draw.chance(0.1)) return draw.bytes(draw.int(700)).toString('latin1');
  return mutate(draw.pick(texts), draw, texts).toString('utf8');
}

/** Broken below the Base45, where most of the parser is. */
function inside(draw: Draw, tokens: readonly Buffer[]): string {
  const token = mutate(draw.pick(tokens), draw, tokens);
  if (draw.chance(0.5)) return printToken(token);
  const shown = Buffer.from(encodeCbor([token, stepAt(now) + draw.int(4) - 2, draw.bytes(64)]));
  return CODE_PREFIX + encodeBase45(draw.chance(0.5) ? mutate(shown, draw, tokens) : shown);
}
