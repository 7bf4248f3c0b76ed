import { sameDigest } from '../crypto.ts';
import { bearerCharsMax } from '../limits.ts';
import type { Principal, TokenRole } from '../route.ts';

/** One line of the tokens file: the token itself is nowhere but with its owner. */
export interface StaffToken {
  readonly name: string;
  readonly role: TokenRole;
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
}

export interface BearerDeps {
  readonly staff: readonly StaffToken[];
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly holderByToken: (tokenHash: Uint8Array) => Promise<string | undefined>;
}

/** Whose token it is; undefined when it is nobody's. Every staff token is compared, each in constant time. */
export async function bearerPrincipal(
  authorization: string,
  deps: BearerDeps,
): Promise<Principal | undefined> {
  if (authorization.length > bearerCharsMax) return undefined;
  const token = /^Bearer (?<token>[A-Za-z0-9_-]{20,})$/.exec(authorization)?.groups?.['token'];
  if (token === undefined) return undefined;
  const hash = deps.sha256(new TextEncoder().encode(token));
  let found: StaffToken | undefined;
  for (const one of deps.staff) {
    if (sameDigest(Buffer.from(one.sha256, 'hex'), hash)) found = one;
  }
  if (found) return { kind: 'staff', name: found.name, role: found.role };
  const holder = await deps.holderByToken(hash);
  return holder === undefined ? undefined : { kind: 'holder', holder };
}
