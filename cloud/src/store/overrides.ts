import type { RegionId, Sha256Hex } from '@greengate/contracts/ids';
import { ok, type Result } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { EvidenceKind } from '@greengate/contracts/wire/override';
import { and, desc, eq, gt, lt, or, sql } from 'drizzle-orm';
import type {
  Guarded,
  GuardView,
  Override,
  OverrideRow,
  OverrideStore,
  PastAct,
} from '../issuing-port.ts';
import { evidenceOfOne, instant } from './applications.ts';
import type { Connection, Sql } from './connection.ts';
import { tellLifted } from './decision-notices.ts';
import { holdHolders, markDue } from './due.ts';
import { raiseAlarm, suspendedPeople } from './override-alarms.ts';
import { notices, overrides, overrideTurns } from './tables/issuing.ts';

type OverrideActs = Omit<OverrideStore, 'alarms' | 'clearAlarm'>;

export function overrideStore(connection: Connection, region: RegionId): OverrideActs {
  const { sql: db, transaction } = connection;
  const own = eq(overrides.region, region);
  return {
    proposeOverride: (id, holder, now, propose) =>
      transaction(async (tx): Promise<Guarded<OverrideRow>> => {
        const view = await guardView(tx, region, now);
        const evidence = await evidenceOfOne(connection, tx, region, holder);
        const result = propose(view, evidence);
        if (!result.ok) return await refused(tx, region, id, now, result);
        const row = { ...result.value, id };
        await tx.insert(overrides).values({ region, override: id, ...columnsOf(row) });
        return { ok: true, value: row };
      }),
    answerOverride: (id, now, answer) =>
      transaction(async (tx): Promise<Guarded<OverrideRow> | undefined> => {
        const view = await guardView(tx, region, now);
        const row = await holdOverride(connection, tx, region, id);
        if (row === undefined) return undefined;
        const result = answer(row, view);
        if (!result.ok) return await refused(tx, region, id, now, result);
        return {
          ok: true,
          value: await writeOverride(connection, tx, region, { ...row, ...result.value }),
        };
      }),
    liftOverride: (id, lift) =>
      transaction(async (tx): Promise<Result<OverrideRow> | undefined> => {
        const row = await holdOverride(connection, tx, region, id);
        if (row === undefined) return undefined;
        const result = lift(row);
        if (!result.ok) return result;
        return ok(await writeOverride(connection, tx, region, { ...row, ...result.value }));
      }),
    override: async (id) => {
      const rows = await db
        .select()
        .from(overrides)
        .where(and(own, eq(overrides.override, id)));
      return rows.map(toOverride)[0];
    },
    overrides: async (before, count) => {
      const { proposedAt, override } = overrides;
      const earlier =
        before &&
        or(
          lt(proposedAt, before.decideBy),
          and(eq(proposedAt, before.decideBy), lt(override, before.id)),
        );
      const rows = await db
        .select()
        .from(overrides)
        .where(and(own, earlier))
        .orderBy(desc(proposedAt), desc(override))
        .limit(count);
      return rows.map(toOverride);
    },
    notices: async (holder, count) => {
      const rows = await db
        .select({ at: notices.at, override: overrides })
        .from(notices)
        .innerJoin(
          overrides,
          and(eq(overrides.region, notices.region), eq(overrides.override, notices.override)),
        )
        .where(and(eq(notices.region, region), eq(notices.holder, holder)))
        .orderBy(desc(notices.at))
        .limit(count);
      return rows.map(({ at, override: row }) => {
        const { id, colour, reason, expiresAt } = toOverride(row);
        return { override: id, at: epochMs(at), colour, reason, expiresAt };
      });
    },
  };
}

/** The override, held until the transaction ends; its holder's row first, as everybody does. */
export async function holdOverride(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  id: string,
): Promise<OverrideRow | undefined> {
  const at = and(eq(overrides.region, region), eq(overrides.override, id));
  const [found] = await tx.select({ holder: overrides.holder }).from(overrides).where(at);
  if (found === undefined) return undefined;
  await holdHolders(connection, tx, region, [found.holder]);
  const [row] = await connection.held(tx.select().from(overrides).where(at));
  return row && toOverride(row);
}

/** Writes what may change of an override, tells its holder when it is lifted, and makes them due. */
export async function writeOverride(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  row: OverrideRow,
): Promise<OverrideRow> {
  const { answeredAt, answeredBy, liftedAt, liftedBy, approved } = columnsOf(row);
  await tx
    .update(overrides)
    .set({ answeredAt, answeredBy, liftedAt, liftedBy, approved })
    .where(and(eq(overrides.region, region), eq(overrides.override, row.id)));
  await tellLifted(tx, region, row);
  await markDue(connection, tx, region, [row.holder]);
  return row;
}

const DAY_MS = 86_400_000;

/** Takes the region's turn first: acts come one after the other, so no two pass the guard on the same count. */
async function guardView(tx: Sql, region: RegionId, now: EpochMs): Promise<GuardView> {
  await tx
    .insert(overrideTurns)
    .values({ region, turns: 1 })
    .onConflictDoUpdate({
      target: [overrideTurns.region],
      set: { turns: sql`${overrideTurns.turns} + 1` },
    });
  const since = now - DAY_MS;
  const columns = {
    division: overrides.division,
    proposedBy: overrides.proposedBy,
    proposedAt: overrides.proposedAt,
    answeredBy: overrides.answeredBy,
    answeredAt: overrides.answeredAt,
    approved: overrides.approved,
  };
  const rows = await tx
    .select(columns)
    .from(overrides)
    .where(
      and(
        eq(overrides.region, region),
        or(gt(overrides.proposedAt, since), gt(overrides.answeredAt, since)),
      ),
    );
  const past = rows.flatMap((row): PastAct[] => {
    const { division, proposedBy, proposedAt, answeredBy, answeredAt } = row;
    const about = { division, proposedBy };
    const acts: PastAct[] = [];
    if (proposedAt > since) {
      acts.push({ kind: 'propose', by: proposedBy, at: epochMs(proposedAt), ...about });
    }
    if (row.approved === 1 && answeredBy !== null && answeredAt !== null && answeredAt > since) {
      acts.push({ kind: 'approve', by: answeredBy, at: epochMs(answeredAt), ...about });
    }
    return acts;
  });
  return { past, suspended: await suspendedPeople(tx, region) };
}

async function refused(
  tx: Sql,
  region: RegionId,
  id: string,
  now: EpochMs,
  refusal: Extract<Guarded<Override>, { ok: false }>,
): Promise<Extract<Guarded<Override>, { ok: false }>> {
  if (refusal.alarm) await raiseAlarm(tx, region, id, now, refusal.alarm);
  return refusal;
}

function columnsOf(one: OverrideRow) {
  const { holder, division, colour, reason, evidence, proposedAt, proposedBy, expiresAt } = one;
  const { answeredAt, answeredBy, liftedAt, liftedBy } = one;
  return {
    ...{ holder, division, colour, reason, proposedAt, proposedBy, expiresAt },
    ...{ answeredAt, answeredBy, liftedAt, liftedBy, approved: Number(one.approved) },
    evidenceKind: evidence.kind,
    evidenceReference: evidence.reference,
    evidenceSha256: evidence.sha256,
  };
}

function toOverride(row: typeof overrides.$inferSelect): OverrideRow {
  return {
    id: row.override,
    holder: row.holder,
    division: row.division as RegionId,
    colour: row.colour as Override['colour'],
    reason: row.reason as Override['reason'],
    evidence: {
      kind: row.evidenceKind as EvidenceKind,
      reference: row.evidenceReference,
      sha256: row.evidenceSha256 as Sha256Hex,
    },
    proposedAt: epochMs(row.proposedAt),
    proposedBy: row.proposedBy,
    expiresAt: epochMs(row.expiresAt),
    answeredAt: instant(row.answeredAt),
    answeredBy: row.answeredBy,
    approved: row.approved === 1,
    liftedAt: instant(row.liftedAt),
    liftedBy: row.liftedBy,
  };
}
