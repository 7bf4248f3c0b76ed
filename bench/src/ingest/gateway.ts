import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { contentDigest, REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';

/** A gateway as far as the cloud sees it: a key, and requests that are signed with it. */
export interface SigningGateway {
  readonly id: string;
  /** Raw Ed25519 key, hex. */
  readonly publicKey: string;
  /** POST /v1/passages as it goes over the wire, signed anew: a nonce is good for one request. */
  passagesRequest(port: number, body: string): Buffer;
  /** GET of a path with its query, signed anew. */
  getRequest(port: number, path: string): Buffer;
}

export function signingGateway(id: string): SigningGateway {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = { privateKey, keyId: createHash('sha256').update(raw).digest('hex').slice(0, 16) };
  return {
    id,
    publicKey: raw.toString('hex'),
    passagesRequest: (port, body) => {
      const bytes = Buffer.from(body);
      const head = [
        'POST /v1/passages HTTP/1.1',
        `host: 127.0.0.1:${port}`,
        'content-type: application/json',
        `content-length: ${bytes.length}`,
        ...signature(key, 'POST', `http://127.0.0.1:${port}/v1/passages`, bytes),
      ];
      return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
    },
    getRequest: (port, path) => {
      const head = [
        `GET ${path} HTTP/1.1`,
        `host: 127.0.0.1:${port}`,
        ...signature(key, 'GET', `http://127.0.0.1:${port}${path}`, Buffer.alloc(0)),
      ];
      return Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
    },
  };
}

const lifetimeSeconds = 60;

/** The headers of RFC 9421, by hand: a gateway's library takes longer than the cloud, and both share the cores. */
function signature(
  { privateKey, keyId }: { readonly privateKey: KeyObject; readonly keyId: string },
  method: string,
  target: string,
  body: Buffer,
): string[] {
  const { label, tag, components } = REQUEST_SIGNATURE;
  const digest = contentDigest(createHash('sha256').update(body).digest('base64'));
  const created = Math.floor(Date.now() / 1000);
  const nonce = randomBytes(16).toString('hex');
  const named = components.map((name) => `"${name}"`).join(' ');
  const input =
    `(${named});created=${created};expires=${created + lifetimeSeconds}` +
    `;nonce="${nonce}";keyid="${keyId}";tag="${tag}"`;
  const base = [
    `"@method": ${method}`,
    `"@target-uri": ${target}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${input}`,
  ].join('\n');
  const signed = sign(null, Buffer.from(base), privateKey).toString('base64');
  return [
    `content-digest: ${digest}`,
    `signature-input: ${label}=${input}`,
    `signature: ${label}=:${signed}:`,
  ];
}
