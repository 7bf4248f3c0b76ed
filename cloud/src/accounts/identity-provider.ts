import { createHmac } from 'node:crypto';
import { z } from 'zod';

const claim = z.string().min(1).max(64);

/** An OpenID provider that vouches for real names: the file that GREENGATE_OIDC names. */
export const providerSchema = z.strictObject({
  /** In the callback's address: /api/auth/callback/ID. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** https://.../.well-known/openid-configuration */
  discoveryUrl: z.url({ protocol: /^https?$/ }),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scopes: z.array(z.string().min(1)).default(['openid', 'profile']),
  /** What the provider calls them. */
  claims: z
    .strictObject({
      name: claim.default('name'),
      idNumber: claim.default('id_number'),
      phone: claim.default('phone_number'),
      /** Must be `true`: the provider has seen the person's document. */
      verified: claim.default('real_name_verified'),
    })
    .prefault({}),
});
export type IdentityProvider = z.infer<typeof providerSchema>;

/** Who somebody is, as the provider says. Lives between the provider's answer and the identity vault, nowhere else. */
export interface VerifiedPerson {
  readonly name: string;
  readonly idNumber: string;
  readonly phone: string;
}

/** The holder that a person is; made when there is none yet. Undefined when the person cannot be one. */
export type HolderOf = (person: VerifiedPerson) => Promise<string | undefined>;

export interface HolderPorts {
  readonly holderOf: HolderOf;
  /** Whom a subject signed in as before: one account of the provider never becomes another person here. */
  boundTo(provider: string, subject: string): Promise<string | undefined>;
}

/** For the library: subject and name become a keyed hash and the holder's id before anything is stored. */
export function providerConfig(provider: IdentityProvider, secret: Buffer, ports: HolderPorts) {
  const { id, discoveryUrl, clientId, clientSecret, scopes, claims } = provider;
  const keyed = (profile: Claims) => {
    const subject = profile['sub'];
    if (typeof subject !== 'string') throw new TypeError('no subject');
    return createHmac('sha256', secret).update(`subject\n${id}\n${subject}`).digest('base64url');
  };
  return {
    providerId: id,
    discoveryUrl,
    clientId,
    clientSecret,
    scopes: [...scopes],
    authentication: 'basic' as const,
    pkce: true,
    requireIdTokenVerification: true,
    disableProviderLogout: true,
    accountSubject: ({ profile }: { profile: Claims }) => keyed(profile),
    mapProfileToUser: async (profile: Claims) => {
      const holder = await ports.holderOf(personOf(profile, claims));
      if (holder === undefined) throw new TypeError('not a holder');
      const bound = await ports.boundTo(id, keyed(profile));
      if (bound !== undefined && bound !== holder) throw new TypeError('bound to somebody else');
      const email = `${holder}@holder.invalid`;
      return { name: 'holder', email, emailVerified: true, image: undefined, holder };
    },
  };
}

type Claims = Readonly<Record<string, unknown>>;

function personOf(profile: Claims, claims: IdentityProvider['claims']): VerifiedPerson {
  if (profile[claims.verified] !== true) throw new TypeError('not verified by the provider');
  const read = (claim: string) => {
    const value = profile[claim];
    return typeof value === 'string' ? value : '';
  };
  return { name: read(claims.name), idNumber: read(claims.idNumber), phone: read(claims.phone) };
}
