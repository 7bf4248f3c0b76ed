import { createHash } from 'node:crypto';
import type { EpochMs } from '@greengate/contracts/time';
import { contentDigest } from '@greengate/contracts/wire/http-signature';
import { NOTICE_SIGNATURE } from '@greengate/contracts/wire/notice';
import type { Signer } from '../ports.ts';

/**
 * The headers of a webhook, signed by RFC 9421 (HTTP Message Signatures) over method, URL, body and id. Whoever
 * holds the public key can check it; nobody else's secret is needed, and none lies here.
 */
export function signedHeaders(
  url: URL,
  body: Uint8Array,
  idempotencyKey: string,
  signer: Signer,
  now: EpochMs,
): Record<string, string> {
  const { label, tag, components, algorithm } = NOTICE_SIGNATURE;
  const digest = contentDigest(createHash('sha256').update(body).digest('base64'));
  const values: Record<(typeof components)[number], string> = {
    '@method': 'POST',
    '@target-uri': url.href,
    'content-digest': digest,
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
  };
  const created = Math.floor(now / 1000);
  const params = `(${components.map((name) => `"${name}"`).join(' ')});created=${created};keyid="${signer.keyId}";alg="${algorithm}";tag="${tag}"`;
  const lines = components.map((name) => `"${name}": ${values[name]}`);
  const base = [...lines, `"@signature-params": ${params}`].join('\n');
  const signature = Buffer.from(signer.sign(Buffer.from(base))).toString('base64');
  return {
    'content-digest': digest,
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
    'signature-input': `${label}=${params}`,
    signature: `${label}=:${signature}:`,
  };
}
