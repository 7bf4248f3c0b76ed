import type { Accounts } from '../accounts-port.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { attemptsIn } from './attempts.ts';
import type { HolderOf, IdentityProvider } from './identity-provider.ts';
import { isInvited } from './invitation.ts';
import { openLibrary } from './library.ts';
import { hashPassword } from './password.ts';
import type { UserRow } from './rows.ts';
import { sessionsOf } from './sessions.ts';
import { signIn } from './sign-in.ts';
import { credentialOf, staffIn } from './staff.ts';
import { openAccountsDatabase } from './store/open.ts';

export interface AccountsDeps {
  /** `file:PATH` or `postgres://...` */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** 32 bytes that never leave the cloud. */
  readonly secret: Buffer;
  readonly origin: string;
  readonly provider?: IdentityProvider | undefined;
  readonly holderOf: HolderOf;
}

/** Opens the accounts. Throws when the database cannot be trusted. */
export async function openAccounts(deps: AccountsDeps): Promise<Accounts> {
  const { clock, random, log, secret, origin } = deps;
  const database = await openAccountsDatabase(deps.url);
  const library = await openLibrary({ ...deps, database });
  const { tables } = library;
  const attempts = attemptsIn(tables, clock, secret);
  const live = sessionsOf(library, clock);
  const oneUser = async (field: string, value: string) =>
    (await tables.findOne<UserRow>({ model: 'user', where: [{ field, value }] })) ?? undefined;

  return {
    staff: staffIn({ tables, clock, random }),
    handle: signIn({ auth: library, attempts, log, origin, live }),
    principalOf: async (cookie) => (await live(cookie))?.principal,
    activate: async (username, secrets, password, address) => {
      await attempts.spend('address', address);
      await attempts.spend('account', username);
      const user = await oneUser('username', username);
      // Hashed in any case: the time must not tell whether somebody is invited.
      const hash = await hashPassword(password);
      if (!user || !isInvited(user, secrets, clock.now())) {
        throw new ProblemError('credentials-refused');
      }
      const where = [
        { field: 'id', value: user.id },
        { field: 'inviteHash', value: user.inviteHash ?? null },
      ];
      const update = { inviteHash: null, inviteUntil: null };
      const spent = await tables.updateMany({ model: 'user', where, update });
      const credential = await credentialOf(tables, user.id);
      if (spent !== 1 || !credential) throw new ProblemError('credentials-refused');
      const of = [{ field: 'id', value: credential.id }];
      await tables.update({ model: 'account', where: of, update: { password: hash } });
    },
    forgetHolder: async (holder) => {
      const user = await oneUser('holder', holder);
      if (!user) return;
      const where = [{ field: 'userId', value: user.id }];
      await tables.deleteMany({ model: 'session', where });
      await tables.deleteMany({ model: 'account', where });
      await tables.deleteMany({ model: 'user', where: [{ field: 'id', value: user.id }] });
    },
    close: () => database.close(),
  };
}
