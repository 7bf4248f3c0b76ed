import { fromHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { EpochMs } from '@greengate/contracts/time';
import { contentDigest } from '@greengate/contracts/wire/http-signature';
import { httpbis } from 'http-message-signatures';
import type { GatewayRow, GatewayStore } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { isPresent, readSignature, type SignatureClaims } from './signature.ts';

/** A request as far as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Absolute, as the client signed it. */
  readonly targetUri: string;
  readonly signatureInput: string;
  readonly signature: string | undefined;
  readonly contentDigest: string | undefined;
}

/** Who signed the head of a request. What it carries has not been looked at. */
export interface SignedHead {
  readonly gateway: GatewayRow;
  readonly claims: SignatureClaims;
}

/**
 * Checks the head of a gateway's request: form, key, signature, and only then what the signature vouches for. Whoever
 * signs for nobody is told so, whatever dates they write. Throws the refusals of the contract's registry.
 */
export async function verifyHead(
  request: SignedRequest,
  store: GatewayStore,
  crypto: Crypto,
  now: EpochMs,
): Promise<SignedHead> {
  const read = readSignature(request.signatureInput, request.signature);
  if (!read.ok) throw new ProblemError('request-signature-invalid');
  const claims = read.value;
  const gateway = await store.gatewayByKey(claims.keyId);
  if (!gateway || !(await isSignedBy(gateway, request, crypto))) {
    throw new ProblemError('request-signature-invalid');
  }
  if (gateway.revoked) throw new ProblemError('gateway-revoked');
  if (!isPresent(claims, now)) throw new ProblemError('request-expired');
  return { gateway, claims };
}

/** Checks the body that a head was signed for. The nonce is spent last, by a request that is right in all else. */
export async function verifyBody(
  { contentDigest: signed }: SignedRequest,
  { claims }: SignedHead,
  body: Uint8Array,
  store: GatewayStore,
  crypto: Crypto,
  now: EpochMs,
): Promise<void> {
  const digest = contentDigest(Buffer.from(crypto.sha256(body)).toString('base64'));
  if (signed !== digest) throw new ProblemError('digest-mismatch');
  // A nonce is forgotten when it expires: what came too slowly for its own dates could come twice.
  const { keyId, nonce, expiresAt } = claims;
  if (now > expiresAt) throw new ProblemError('request-expired');
  if (!(await store.useNonce(keyId, nonce, expiresAt, now))) {
    throw new ProblemError('request-replayed');
  }
}

// The library judges dates by its own clock; ours were checked already, so its window is left wide open.
const ANY_TIME_SECONDS = 1e12;

async function isSignedBy(
  gateway: GatewayRow,
  request: SignedRequest,
  crypto: Crypto,
): Promise<boolean> {
  const publicKey = fromHex(gateway.publicKey);
  const headers = {
    'signature-input': request.signatureInput,
    signature: request.signature ?? '',
    'content-digest': request.contentDigest ?? '',
  };
  try {
    const held = await httpbis.verifyMessage(
      {
        tolerance: ANY_TIME_SECONDS,
        all: true,
        keyLookup: async () => ({
          id: gateway.keyId,
          verify: async (data, signature) => crypto.verifyEd25519(publicKey, data, signature),
        }),
      },
      { method: request.method, url: request.targetUri, headers },
    );
    return held === true;
  } catch {
    return false;
  }
}
