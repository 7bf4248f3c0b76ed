import { and, eq, gte } from 'drizzle-orm';
import type { PseudonymRule } from '../ports.ts';
import type { Sql } from './connection.ts';
import { pseudonymTriesCountMax } from './limits.ts';
import { pseudonyms } from './schema.ts';

/** Makes the pseudonym of the rule's epoch unless it is there. Answers the key of a new one. */
export function ensurePseudonym(
  tx: Sql,
  region: string,
  holder: string,
  rule: PseudonymRule,
): string | undefined {
  if (readSub(tx, region, holder, rule.epoch) !== undefined) return undefined;
  for (let attempt = 0; attempt < pseudonymTriesCountMax; attempt++) {
    const sub = Buffer.from(rule.derive(holder, attempt));
    const key = sub.toString('hex', 0, 8);
    const made = tx
      .insert(pseudonyms)
      .values({ region, key, sub, epoch: rule.epoch, holder })
      .onConflictDoNothing({ target: [pseudonyms.region, pseudonyms.key] })
      .returning({ key: pseudonyms.key })
      .all();
    if (made.length === 1) return key;
  }
  throw new Error('no free pseudonym');
}

export function liveKeys(tx: Sql, region: string, holder: string, fromEpoch: number): string[] {
  return tx
    .select({ key: pseudonyms.key })
    .from(pseudonyms)
    .where(
      and(
        eq(pseudonyms.region, region),
        eq(pseudonyms.holder, holder),
        gte(pseudonyms.epoch, fromEpoch),
      ),
    )
    .orderBy(pseudonyms.epoch)
    .all()
    .map((row) => row.key);
}

export function readSub(
  tx: Sql,
  region: string,
  holder: string,
  epoch: number,
): Uint8Array | undefined {
  return tx
    .select({ sub: pseudonyms.sub })
    .from(pseudonyms)
    .where(
      and(
        eq(pseudonyms.region, region),
        eq(pseudonyms.holder, holder),
        eq(pseudonyms.epoch, epoch),
      ),
    )
    .get()?.sub;
}
