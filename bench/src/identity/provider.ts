import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A person as an identity provider vouches for them, and the word of the cloud that its token has to repeat. */
export interface Vouched {
  readonly name: string;
  readonly idNumber: string;
  readonly nonce: string | null;
}

/**
 * As much of an OpenID provider as the cloud talks to: what it is, its key, and a signed token for a code. It does the
 * same for everybody, so that the time which differs is the cloud's.
 */
export interface Provider {
  /** What `GREENGATE_OIDC` names a file of. */
  readonly settings: object;
  /** The person has signed in there: the code that leads back. */
  vouch(person: Vouched): string;
  close(): void;
}

export const PROVIDER_ID = 'national';
const CLIENT = 'greengate';

export async function startProvider(): Promise<Provider> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  const codes = new Map<string, Vouched>();
  let issuer = '';
  const answers: Readonly<Record<string, (body: string) => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    }),
    '/jwks': () => ({ keys: [key] }),
    '/token': (body) => {
      const code = new URLSearchParams(body).get('code') ?? '';
      const person = codes.get(code);
      if (person === undefined) throw new Error('a code that nobody has');
      codes.delete(code);
      const id_token = tokenOf(issuer, person, privateKey);
      return { access_token: code, token_type: 'Bearer', expires_in: 60, id_token };
    },
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const answer = answers[request.url ?? '']?.(Buffer.concat(parts).toString('utf8'));
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let vouched = 0;
  return {
    settings: {
      id: PROVIDER_ID,
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      ...{ clientId: CLIENT, clientSecret: 'a secret of the two of them', scopes: ['openid'] },
    },
    vouch: (person) => {
      vouched += 1;
      const code = `code-${String(vouched).padStart(8, '0')}`;
      codes.set(code, person);
      return code;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function tokenOf(issuer: string, { name, idNumber, nonce }: Vouched, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: issuer, aud: CLIENT, sub: `of ${idNumber}`, iat: now, exp: now + 60 },
    ...(nonce === null ? {} : { nonce }),
    ...{ name, id_number: idNumber, phone_number: '13800000000', real_name_verified: true },
  };
  const parts = [{ alg: 'ES256', typ: 'JWT', kid: 'bench' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signed = parts.join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
