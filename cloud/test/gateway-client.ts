import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { contentDigest, REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';
import { httpbis } from 'http-message-signatures';
import { keyIdOf } from '../src/crypto.ts';

export interface GatewayKey {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
  readonly keyId: string;
}

export function newGatewayKey(): GatewayKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  return { privateKey, publicKey: raw.toString('hex'), keyId: keyIdOf(raw) };
}

export interface Signing {
  /** Milliseconds. */
  readonly now: number;
  readonly method?: string;
  readonly body?: Uint8Array;
  readonly lifeSeconds?: number;
  readonly components?: readonly string[];
  readonly parameters?: readonly string[];
  readonly tag?: string;
  readonly nonce?: string;
}

/** The headers of a signed request, by the very library and profile that a gateway uses. */
export async function signedHeaders(
  key: GatewayKey,
  url: string,
  signing: Signing,
): Promise<Record<string, string>> {
  const { now, method = 'GET', body = new Uint8Array(0), lifeSeconds = 30 } = signing;
  const seconds = Math.floor(now / 1000);
  const digest = contentDigest(createHash('sha256').update(body).digest('base64'));
  const message = await httpbis.signMessage(
    {
      key: {
        id: key.keyId,
        sign: async (data) => sign(null, data, key.privateKey),
      },
      name: REQUEST_SIGNATURE.label,
      fields: [...(signing.components ?? REQUEST_SIGNATURE.components)],
      params: [...(signing.parameters ?? REQUEST_SIGNATURE.parameters)],
      paramValues: {
        created: new Date(seconds * 1000),
        expires: new Date((seconds + lifeSeconds) * 1000),
        nonce: signing.nonce ?? randomBytes(16).toString('base64url'),
        keyid: key.keyId,
        tag: signing.tag ?? REQUEST_SIGNATURE.tag,
      },
    },
    { method, url, headers: { 'content-digest': digest } },
  );
  const headers = message.headers as Record<string, string>;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
