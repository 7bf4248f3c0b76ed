import { type GatewayId, gatewayIdSchema, type RegionId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { EpochMs } from '@greengate/contracts/time';
import { and, between, eq, sql as raw, type SQL } from 'drizzle-orm';
import type { AppendResult, IncomingEvent, PassageMark, PassageStore } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { writeFeverNotices } from './fever-notices.ts';
import { keepFevers } from './fevers.ts';
import { insertPassages, type Journal } from './passage-rows.ts';
import { deadLetters, journals, passages } from './tables/passages.ts';

export function passageStore(connection: Connection, region: RegionId): PassageStore {
  const { sql, transaction } = connection;
  return {
    appendPassages: (gateway, epoch, events, now) =>
      transaction((tx) => append(connection, tx, { region, gateway, epoch }, events, now)),
    passages: async (gateway, after, count) => {
      const rows = await sql
        .select()
        .from(passages)
        .where(pageOf(passages, region, gateway, after))
        .orderBy(passages.gateway, passages.epoch, passages.seq)
        .limit(count);
      return rows.map(({ epoch, seq, payload, ...row }) => ({
        gateway: gatewayIdSchema.parse(row.gateway),
        epoch,
        seq,
        payload,
      }));
    },
    deadLetters: async (gateway, after, count) => {
      const rows = await sql
        .select()
        .from(deadLetters)
        .where(pageOf(deadLetters, region, gateway, after))
        .orderBy(deadLetters.gateway, deadLetters.epoch, deadLetters.seq)
        .limit(count);
      return rows.map(({ epoch, seq, payload, reason, ...row }) => ({
        gateway: gatewayIdSchema.parse(row.gateway),
        epoch,
        seq,
        payload,
        reason,
      }));
    },
  };
}

function pageOf(
  table: typeof passages | typeof deadLetters,
  region: RegionId,
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

type Row = typeof passages.$inferInsert;

/** New events follow the watermark; older ones are compared with what was acknowledged. */
async function append(
  connection: Connection,
  tx: Sql,
  journal: Journal,
  events: readonly IncomingEvent[],
  now: EpochMs,
): Promise<AppendResult> {
  const held = await holdWatermark(tx, journal);
  const from = events[0]?.seq ?? held + 1;
  if (from > held + 1) return { kind: 'gap', gap: held + 1, acked: held };
  const last = Math.min(held, from + events.length - 1);
  const known = await knownEvents(tx, journal, from, last);
  const again = events.filter((event) => event.seq <= held);
  const fresh = events.filter((event) => event.seq > held);
  const conflicts = again.filter((event) => !known.has(nameOf(event.seq, event.hash)));
  const poison = fresh.filter((event) => event.poison);
  const good = fresh.filter((event) => !event.poison);
  const rows = (list: readonly IncomingEvent[]) => list.map((event) => rowOf(journal, event, now));
  await insertPassages(connection, tx, journal, good, now);
  await writeFeverNotices(connection, tx, journal, good, now);
  await bury(tx, rows(conflicts), 'passages-conflict');
  await bury(tx, rows(poison), 'payload-invalid');
  const feverish = await keepFevers(connection, tx, journal, good);
  const acked = Math.max(held, from + events.length - 1);
  await moveWatermark(tx, journal, acked);
  return {
    kind: 'acked',
    acked,
    stored: good.length,
    duplicates: again.length - conflicts.length,
    conflicts: conflicts.length,
    poison: poison.length,
    feverish,
  };
}

const JOURNAL = {
  region: place('region'),
  gateway: place('gateway'),
  epoch: place('epoch'),
};
const begunJournal = builtOnce('begun_journal', (builder) =>
  builder
    .insert(journals)
    .values({ ...JOURNAL, acked: 0 })
    .onConflictDoNothing(),
);
const heldWatermark = builtOnce('held_watermark', (builder, { held }) =>
  held(
    builder
      .select({ acked: journals.acked })
      .from(journals)
      .where(
        and(
          eq(journals.region, JOURNAL.region),
          eq(journals.gateway, JOURNAL.gateway),
          eq(journals.epoch, JOURNAL.epoch),
        ),
      ),
  ),
);
const movedWatermark = builtOnce('moved_watermark', (builder) =>
  builder
    .insert(journals)
    .values({ ...JOURNAL, acked: place('acked') })
    .onConflictDoUpdate({
      target: [journals.region, journals.gateway, journals.epoch],
      set: { acked: raw`excluded.acked` },
    }),
);

/** Reads the watermark and holds it, so that two batches of one gateway come one after the other. */
async function holdWatermark(tx: Sql, { region, gateway, epoch }: Journal): Promise<number> {
  await begunJournal(tx).execute({ region, gateway, epoch });
  const [row] = await heldWatermark(tx).execute({ region, gateway, epoch });
  return row?.acked ?? 0;
}

async function moveWatermark(tx: Sql, journal: Journal, acked: number): Promise<void> {
  await movedWatermark(tx).execute({ ...journal, acked });
}

/** What was acknowledged from `from` to `to`, as a passage or as a dead letter. */
async function knownEvents(
  tx: Sql,
  { region, gateway, epoch }: Journal,
  from: number,
  to: number,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  if (from > to) return names;
  for (const table of [passages, deadLetters]) {
    const rows = await tx
      .select({ seq: table.seq, hash: table.hash })
      .from(table)
      .where(
        and(
          eq(table.region, region),
          eq(table.gateway, gateway),
          eq(table.epoch, epoch),
          between(table.seq, from, to),
        ),
      );
    for (const { seq, hash } of rows) names.add(nameOf(seq, hash));
  }
  return names;
}

function nameOf(seq: number, hash: Uint8Array): string {
  return `${seq}/${Buffer.from(hash).toString('hex')}`;
}

async function bury(tx: Sql, rows: readonly Row[], reason: ReasonCode): Promise<void> {
  const letters = rows.map((row) => ({ ...row, reason }));
  const { region, gateway, epoch, seq, hash } = deadLetters;
  const target = [region, gateway, epoch, seq, hash];
  await insertAll(tx, deadLetters, letters, { target, there: 'keep' });
}

function rowOf(
  { region, gateway, epoch }: Journal,
  { seq, hash, payload }: IncomingEvent,
  receivedAt: number,
): Row {
  return { region, gateway, epoch, seq, hash, payload, receivedAt };
}
