import { fromHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { EpochMs } from '@greengate/contracts/time';
import { contentDigest } from '@greengate/contracts/wire/http-signature';
import { httpbis } from 'http-message-signatures';
import type { GatewayRow, GatewayStore } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { readSignature, type SignatureClaims } from './signature.ts';

/** A request as far as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Absolute, as the client signed it. */
  readonly targetUri: string;
  readonly signatureInput: string;
  readonly signature: string | undefined;
  readonly contentDigest: string | undefined;
  /** Read only after the signature held. */
  readonly body: () => Promise<Uint8Array>;
}

/** The gateway that signed, and the body that it signed. */
export interface SignedBy {
  readonly gateway: GatewayRow;
  readonly body: Uint8Array;
}

/**
 * Checks a gateway's request, the cheapest first: form and dates, key, signature, body, nonce. Throws the
 * refusals of the contract's registry; a nonce is spent only by a request that is right in all else.
 */
export async function verifyGatewayRequest(
  request: SignedRequest,
  store: GatewayStore,
  crypto: Crypto,
  now: EpochMs,
): Promise<SignedBy> {
  const claims = readSignature(request.signatureInput, request.signature, now);
  if (!claims.ok) throw new ProblemError(claims.refusal.code as 'request-expired');
  const gateway = await store.gatewayByKey(claims.value.keyId);
  if (!gateway || !(await isSignedBy(gateway, request, crypto))) {
    throw new ProblemError('request-signature-invalid');
  }
  const body = await request.body();
  const digest = contentDigest(Buffer.from(crypto.sha256(body)).toString('base64'));
  if (request.contentDigest !== digest) throw new ProblemError('digest-mismatch');
  await spend(store, claims.value, now);
  if (gateway.revoked) throw new ProblemError('gateway-revoked');
  return { gateway, body };
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

async function spend(store: GatewayStore, claims: SignatureClaims, now: EpochMs): Promise<void> {
  const { keyId, nonce, expiresAt } = claims;
  if (!(await store.useNonce(keyId, nonce, expiresAt, now))) {
    throw new ProblemError('request-replayed');
  }
}
