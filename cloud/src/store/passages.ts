import { type GatewayId, gatewayIdSchema } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import { and, eq, sql as raw, type SQL } from 'drizzle-orm';
import type { AppendResult, IncomingEvent, PassageMark, PassageStore } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { deadLetters, journals, passages } from './schema.ts';

export function passageStore({ sql, transaction }: Connection, region: string): PassageStore {
  return {
    appendPassages: async (gateway, epoch, events, now) =>
      transaction((tx) => append(tx, { region, gateway, epoch }, events, now)),
    passages: async (gateway, after, count) =>
      sql
        .select()
        .from(passages)
        .where(pageOf(passages, region, gateway, after))
        .orderBy(passages.gateway, passages.epoch, passages.seq)
        .limit(count)
        .all()
        .map(({ epoch, seq, payload, ...row }) => ({
          gateway: gatewayIdSchema.parse(row.gateway),
          epoch,
          seq,
          payload,
        })),
    deadLetters: async (gateway, after, count) =>
      sql
        .select()
        .from(deadLetters)
        .where(pageOf(deadLetters, region, gateway, after))
        .orderBy(deadLetters.gateway, deadLetters.epoch, deadLetters.seq)
        .limit(count)
        .all()
        .map(({ epoch, seq, payload, reason, ...row }) => ({
          gateway: gatewayIdSchema.parse(row.gateway),
          epoch,
          seq,
          payload,
          reason,
        })),
  };
}

function pageOf(
  table: typeof passages | typeof deadLetters,
  region: string,
  gateway: GatewayId | undefined,
  after: PassageMark | undefined,
): SQL | undefined {
  return and(
    eq(table.region, region),
    gateway === undefined ? undefined : eq(table.gateway, gateway),
    after === undefined
      ? undefined
      : raw`(${table.gateway}, ${table.epoch}, ${table.seq}) > (${after.gateway}, ${after.epoch}, ${after.seq})`,
  );
}

interface Journal {
  readonly region: string;
  readonly gateway: GatewayId;
  readonly epoch: number;
}

type Fate = 'stored' | 'duplicates' | 'conflicts' | 'poison';

function append(
  tx: Sql,
  journal: Journal,
  events: readonly IncomingEvent[],
  now: number,
): AppendResult {
  const held = watermark(tx, journal);
  const from = events[0]?.seq ?? held + 1;
  if (from > held + 1) return { kind: 'gap', gap: held + 1, acked: held };
  const counts: Record<Fate, number> = { stored: 0, duplicates: 0, conflicts: 0, poison: 0 };
  for (const event of events) counts[take(tx, journal, event, held, now)] += 1;
  const acked = Math.max(held, from + events.length - 1);
  tx.insert(journals)
    .values({ ...journal, acked })
    .onConflictDoUpdate({
      target: [journals.region, journals.gateway, journals.epoch],
      set: { acked },
    })
    .run();
  return { kind: 'acked', acked, ...counts };
}

function take(tx: Sql, journal: Journal, event: IncomingEvent, held: number, now: number): Fate {
  if (event.seq <= held) {
    if (isHeld(tx, journal, event)) return 'duplicates';
    bury(tx, journal, event, 'passages-conflict', now);
    return 'conflicts';
  }
  if (event.poison) {
    bury(tx, journal, event, 'payload-invalid', now);
    return 'poison';
  }
  tx.insert(passages)
    .values(rowOf(journal, event, now))
    .run();
  return 'stored';
}

function watermark(tx: Sql, { region, gateway, epoch }: Journal): number {
  const row = tx
    .select({ acked: journals.acked })
    .from(journals)
    .where(
      and(eq(journals.region, region), eq(journals.gateway, gateway), eq(journals.epoch, epoch)),
    )
    .get();
  return row?.acked ?? 0;
}

/** Whether this very event was acknowledged before, as a passage or as a dead letter. */
function isHeld(tx: Sql, journal: Journal, event: IncomingEvent): boolean {
  return [passages, deadLetters].some((table) => {
    const row = tx
      .select({ seq: table.seq })
      .from(table)
      .where(
        and(
          eq(table.region, journal.region),
          eq(table.gateway, journal.gateway),
          eq(table.epoch, journal.epoch),
          eq(table.seq, event.seq),
          eq(table.hash, Buffer.from(event.hash)),
        ),
      )
      .get();
    return row !== undefined;
  });
}

function bury(
  tx: Sql,
  journal: Journal,
  event: IncomingEvent,
  reason: ReasonCode,
  now: number,
): void {
  tx.insert(deadLetters)
    .values({ ...rowOf(journal, event, now), reason })
    .onConflictDoNothing()
    .run();
}

function rowOf(journal: Journal, event: IncomingEvent, receivedAt: number) {
  return {
    ...journal,
    seq: event.seq,
    hash: Buffer.from(event.hash),
    payload: Buffer.from(event.payload),
    receivedAt,
  };
}
