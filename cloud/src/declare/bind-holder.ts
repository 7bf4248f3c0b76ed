import { idNumberSchema } from '@greengate/contracts/wire/holder';
import type { IdentityVault, Person } from '../identity.ts';
import type { Clock, HolderStore, Random } from '../ports.ts';
import { newToken } from '../token.ts';

export interface BindDeps {
  readonly store: HolderStore;
  readonly vault: IdentityVault;
  readonly clock: Clock;
  readonly random: Random;
}

const nameCharsMax = 64;

/**
 * The holder that a person is whom an identity provider vouches for, made when nobody registered them. Undefined
 * when the number or the name cannot be one. What a registrar wrote of them stays as it is.
 */
export function bindHolder({ store, vault, clock, random }: BindDeps) {
  return async (person: Person): Promise<string | undefined> => {
    const { name, idNumber } = person;
    const isNamed = name.length > 0 && name.length <= nameCharsMax;
    if (!isNamed || !idNumberSchema.safeParse(idNumber).success) return undefined;
    const idHash = vault.idHash(idNumber);
    const known = await store.holderByIdHash(idHash);
    if (known !== undefined) return known;
    const holder = Buffer.from(random.bytes(16)).toString('hex');
    // They act by their session; this token is given to nobody.
    const { sha256: tokenHash } = newToken(random);
    const row = { holder, idHash, sealed: vault.seal(person), tokenHash };
    const made = await store.addHolder(row, clock.now());
    return made ? holder : store.holderByIdHash(idHash);
  };
}
