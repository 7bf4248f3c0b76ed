import { createHmac } from 'node:crypto';
import type { Clock } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { accountTriesCountMax, addressTriesCountMax, triesWindowMinutes } from './limits.ts';
import type { Tables } from './store/tables.ts';

/** Counts tries by account and by address in the database, so that a restart or a second process forgets none. */
export interface Attempts {
  /** Counts one try. Refuses `rate-limited` with the seconds to wait. */
  spend(kind: 'account' | 'address', name: string): Promise<void>;
  /** After a whole sign-in. */
  forget(kind: 'account', name: string): Promise<void>;
}

const MOST = { account: accountTriesCountMax, address: addressTriesCountMax };
const RACES = 3;

export function attemptsIn(tables: Tables, clock: Clock, secret: Buffer): Attempts {
  const keyOf = (kind: string, name: string) =>
    createHmac('sha256', secret).update(`${kind}\n${name}`).digest('base64url');

  async function count(key: string): Promise<{ readonly count: number; readonly until: Date }> {
    const now = new Date(clock.now());
    for (let race = 0; race < RACES; race++) {
      const running = await tables.incrementOne<Row>({
        model: 'attempt',
        where: [
          { field: 'key', value: key },
          { field: 'until', operator: 'gt', value: now },
        ],
        increment: { count: 1 },
      });
      if (running) return running;
      await tables.deleteMany({
        model: 'attempt',
        where: [{ field: 'until', operator: 'lte', value: now }],
      });
      const until = new Date(now.getTime() + triesWindowMinutes * 60_000);
      try {
        return await tables.create<Row>({ model: 'attempt', data: { key, count: 1, until } });
      } catch {
        // Another process opened the window in between: count in it.
      }
    }
    throw new ProblemError('overloaded');
  }

  return {
    spend: async (kind, name) => {
      const { count: tries, until } = await count(keyOf(kind, name));
      if (tries <= MOST[kind]) return;
      const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - clock.now()) / 1000));
      throw new ProblemError('rate-limited', undefined, { retryAfterSeconds });
    },
    forget: async (kind, name) => {
      const where = [{ field: 'key', value: keyOf(kind, name) }];
      await tables.deleteMany({ model: 'attempt', where });
    },
  };
}

interface Row extends Record<string, unknown> {
  readonly count: number;
  readonly until: Date;
}
