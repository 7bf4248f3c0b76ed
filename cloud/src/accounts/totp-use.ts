import type { EpochMs } from '@greengate/contracts/time';
import { totpUseMinutesMax } from './limits.ts';
import type { Tables } from './store/tables.ts';
import { stepOfCode } from './totp-step.ts';

/**
 * Marks the step of a code as used by this person; false when it was used before, or is of no step near now. The
 * library takes a code as often as it is shown (better-auth 10387); one that was watched must not open anything.
 */
export async function spendTotp(
  tables: Tables,
  open: (sealed: string) => Promise<string>,
  user: string,
  code: string,
  now: EpochMs,
): Promise<boolean> {
  const where = [{ field: 'userId', value: user }];
  const row = await tables.findOne<{ secret: string }>({ model: 'twoFactor', where });
  if (!row) return false;
  const step = stepOfCode(Buffer.from(await open(row.secret), 'utf8'), code, now);
  if (step === undefined) return false;
  const old = new Date(now - totpUseMinutesMax * 60_000);
  await tables.deleteMany({
    model: 'totpUse',
    where: [{ field: 'at', operator: 'lt', value: old }],
  });
  try {
    await tables.create({ model: 'totpUse', data: { key: `${user}:${step}`, at: new Date(now) } });
    return true;
  } catch {
    // The unique key: of two that come at once, one is refused.
    return false;
  }
}
