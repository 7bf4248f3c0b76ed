import type { GatewayId, RegionId } from '@greengate/contracts/ids';
import type { EpochMs } from '@greengate/contracts/time';
import type { IncomingEvent } from '../ports.ts';
import { type Connection, runStatementOf, type Sql } from './connection.ts';

/** Whose journal, and which start of it. */
export interface Journal {
  readonly region: RegionId;
  readonly gateway: GatewayId;
  readonly epoch: number;
}

/**
 * Inserts events that nobody has yet, in the order of their numbers. Hashes and payloads go over as one blob with an
 * index into it, and the engine cuts the rows out: to bind each value by itself takes longer than to write it.
 */
export async function insertPassages(
  connection: Connection,
  tx: Sql,
  { region, gateway, epoch }: Journal,
  events: readonly IncomingEvent[],
  now: EpochMs,
): Promise<void> {
  const run = runStatementOf(tx);
  for (const [first, ...rest] of runsInRow(events)) {
    if (first === undefined) continue;
    const { blob, index } = packed([first, ...rest]);
    const list = connection.engine === 'postgres' ? index : JSON.stringify(index);
    const params = [region, gateway, epoch, first.seq, blob, now, list];
    await run(INSERT[connection.engine], params, false);
  }
}

/** Cuts events into runs without a gap: a row's number is its place in the run. */
function runsInRow(events: readonly IncomingEvent[]): IncomingEvent[][] {
  const runs: IncomingEvent[][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run?.at(-1)?.seq === event.seq - 1) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

/** Of each event where its hash begins and how long it is with its payload, in one number. */
function packed(events: readonly IncomingEvent[]): { blob: Buffer; index: number[] } {
  const index: number[] = [];
  let at = 0;
  for (const { hash, payload } of events) {
    const length = hash.length + payload.length;
    if (hash.length !== HASH_BYTES || length >= SCALE) throw new RangeError('not an event');
    index.push(at * SCALE + length);
    at += length;
  }
  return { blob: Buffer.concat(events.flatMap(({ hash, payload }) => [hash, payload])), index };
}

const HASH_BYTES = 32;
const SCALE = 65_536;

const INTO =
  'INSERT INTO "passage" ("region_id", "gateway_id", "epoch", "seq", "hash", "payload", "received_at")';

const INSERT = {
  libsql: `${INTO} SELECT $1, $2, $3, $4 + key, substr($5, value / ${SCALE} + 1, ${HASH_BYTES}),
    substr($5, value / ${SCALE} + ${HASH_BYTES + 1}, value % ${SCALE} - ${HASH_BYTES}), $6 FROM json_each($7)`,
  postgres: `${INTO} SELECT $1::text, $2::text, $3::bigint, $4::bigint + place - 1,
    substr($5::bytea, (value / ${SCALE})::int + 1, ${HASH_BYTES}),
    substr($5::bytea, (value / ${SCALE})::int + ${HASH_BYTES + 1}, (value % ${SCALE})::int - ${HASH_BYTES}), $6::bigint
    FROM unnest($7::bigint[]) WITH ORDINALITY AS list(value, place)`,
} as const;
