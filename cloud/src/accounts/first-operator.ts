import type { Invitation, NewStaff } from '../accounts-port.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { openLibrary } from './library.ts';
import { firstOperatorsCountMax } from './limits.ts';
import type { UserRow } from './rows.ts';
import { peopleIn } from './staff.ts';
import { openAccountsDatabase } from './store/open.ts';

export interface FirstOperatorDeps {
  /** `file:PATH` or `postgres://...` */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Makes an operator without asking another one, for whoever holds the database itself. Refuses `forbidden` once two
 * operators can act: from then on they make all others. There is no account that everybody knows (THREATS T32).
 */
export async function makeFirstOperator(
  deps: FirstOperatorDeps,
  { username, name }: Pick<NewStaff, 'username' | 'name'>,
): Promise<Invitation> {
  const { clock, random, log } = deps;
  const database = await openAccountsDatabase(deps.url);
  try {
    // Nothing is signed or sealed here, so any secret will do.
    const secret = Buffer.from(random.bytes(32));
    const holderOf = async () => undefined;
    const origin = 'http://localhost';
    const { tables } = await openLibrary({
      ...{ database, clock, random, log },
      ...{ secret, origin, holderOf },
    });
    const where = [{ field: 'role', value: 'operator' }];
    const operators = await tables.findMany<UserRow>({ model: 'user', where });
    if (operators.filter((one) => !one.disabledAt).length >= firstOperatorsCountMax) {
      throw new ProblemError('forbidden', 'Two operators make all others.');
    }
    const operator = { username, name, role: 'operator', areas: [] } as const;
    const made = await peopleIn({ tables, clock, random }).act('create', operator, '');
    if (made.kind !== 'done' || !made.invitation) throw new ProblemError('internal');
    return made.invitation;
  } finally {
    await database.close();
  }
}
