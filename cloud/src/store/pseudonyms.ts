import { and, eq, gte } from 'drizzle-orm';
import type { PseudonymRule } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { pseudonymTriesCountMax } from './limits.ts';
import { pseudonyms } from './tables/statuses.ts';

/** A holder's pseudonyms that a code may still carry, the oldest first. */
export interface LiveKeys {
  readonly keys: readonly string[];
  /** The one that was made just now. */
  readonly made?: string;
}

const liveOf = builtOnce('live_pseudonyms', (sql, { among }) =>
  sql
    .select({ holder: pseudonyms.holder, epoch: pseudonyms.epoch, key: pseudonyms.key })
    .from(pseudonyms)
    .where(
      and(
        eq(pseudonyms.region, place('region')),
        among(pseudonyms.holder, place('ids')),
        gte(pseudonyms.epoch, place('from')),
      ),
    )
    .orderBy(pseudonyms.epoch),
);

/** Reads the live pseudonyms of holders, and makes those of the rule's epoch that are missing. */
export async function ensurePseudonyms(
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
  rule: PseudonymRule,
): Promise<ReadonlyMap<string, LiveKeys>> {
  const list = connection.list(ids);
  const rows = await liveOf(tx).execute({ region, ids: list, from: rule.liveFromEpoch });
  const live = new Map<string, { keys: string[]; made?: string }>();
  const missing = new Set(ids);
  for (const { holder, epoch, key } of rows) {
    const held = live.get(holder);
    if (held) held.keys.push(key);
    else live.set(holder, { keys: [key] });
    if (epoch === rule.epoch) missing.delete(holder);
  }
  for (const [holder, key] of await makeAll(tx, region, [...missing], rule)) {
    live.set(holder, { keys: [...(live.get(holder)?.keys ?? []), key], made: key });
  }
  return live;
}

/** All that are missing in one go; the few whose prefix another holder has are tried again with the next. */
async function makeAll(
  tx: Sql,
  region: string,
  ids: readonly string[],
  rule: PseudonymRule,
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  let missing = ids;
  for (let attempt = 0; missing.length > 0; attempt++) {
    if (attempt >= pseudonymTriesCountMax) throw new Error('no free pseudonym');
    const rows = missing.map((holder) => {
      const sub = Buffer.from(rule.derive(holder, attempt));
      return { region, key: sub.toString('hex', 0, 8), sub, epoch: rule.epoch, holder };
    });
    const target = [pseudonyms.region, pseudonyms.key];
    const added = await insertAll(tx, pseudonyms, rows, { target, there: 'keep' }, [
      pseudonyms.holder,
      pseudonyms.key,
    ]);
    for (const [holder, key] of added) made.set(String(holder), String(key));
    missing = missing.filter((holder) => !made.has(holder));
  }
  return made;
}

const subOf = builtOnce('pseudonym', (sql) =>
  sql
    .select({ sub: pseudonyms.sub })
    .from(pseudonyms)
    .where(
      and(
        eq(pseudonyms.region, place('region')),
        eq(pseudonyms.holder, place('holder')),
        eq(pseudonyms.epoch, place('epoch')),
      ),
    ),
);

export async function readSub(
  tx: Sql,
  region: string,
  holder: string,
  epoch: number,
): Promise<Uint8Array | undefined> {
  const [row] = await subOf(tx).execute({ region, holder, epoch });
  return row?.sub;
}
