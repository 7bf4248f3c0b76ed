import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { onTestFinished } from 'vitest';
import type { IdentityProvider } from '../../src/accounts/identity-provider.ts';

/** What the provider knows of a subject. */
export interface Citizen {
  name: string;
  id_number: string;
  phone_number?: string;
  real_name_verified: boolean;
}

export interface NationalIdentity {
  readonly provider: IdentityProvider;
  readonly citizens: Map<string, Citizen>;
  /** As a person at the provider: signs in as `subject`, consents, and answers the address that leads back. */
  signIn(authorizationUrl: string, subject: string): Promise<URL>;
}

export const ORIGIN = 'https://gate.example';
const ID = 'national';
const CLIENT = { client_id: 'greengate', client_secret: 'a secret of the two of them' };

/** A real OpenID provider in this process, over HTTP. */
export async function runNationalIdentity(): Promise<NationalIdentity> {
  const citizens = new Map<string, Citizen>();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oidc = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [`${ORIGIN}/api/auth/callback/${ID}`] }],
    claims: {
      openid: ['sub'],
      profile: ['name'],
      identity: ['id_number', 'phone_number', 'real_name_verified'],
    },
    cookies: { keys: ['of the provider'] },
    findAccount: (_context, sub) => {
      const citizen = citizens.get(sub);
      return citizen && { accountId: sub, claims: () => ({ sub, ...citizen }) };
    },
  });
  server.on('request', oidc.callback());
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    provider: {
      id: ID,
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      clientId: CLIENT.client_id,
      clientSecret: CLIENT.client_secret,
      scopes: ['openid', 'profile', 'identity'],
      claims: {
        name: 'name',
        idNumber: 'id_number',
        phone: 'phone_number',
        verified: 'real_name_verified',
      },
    },
    citizens,
    signIn: (url, subject) => walk(issuer, url, subject),
  };
}

/** Follows the provider's redirects and fills in its forms until it sends the browser away. */
async function walk(issuer: string, start: string, subject: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = start;
  let form: string | undefined;
  for (let step = 0; step < 12; step++) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'content-type': 'application/x-www-form-urlencoded',
      },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';')[0] ?? '';
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url).href;
      form = undefined;
      if (!url.startsWith(issuer)) return new URL(url);
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(?<prompt>\w+)"/.exec(page)?.groups?.['prompt'];
    if (prompt === undefined) throw new Error(`the provider answered ${response.status}: ${page}`);
    form = new URLSearchParams({ prompt, login: subject, password: 'x' }).toString();
  }
  throw new Error('the provider does not come to an end');
}
