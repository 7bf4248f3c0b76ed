import { epochMs } from '@greengate/contracts/time';
import { and, desc, eq, inArray, max, ne, or } from 'drizzle-orm';
import type { Edition, Force, ForceStep, NewEdition, PackRef, PackStore } from '../pack-port.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { packEditions, packForce, packs } from './tables/packs.ts';

type ForcePart = Pick<PackStore, 'force' | 'forceSteps' | 'edition' | 'changeForce'>;

/** What is in force, was, and will be. */
export function forceStore(connection: Connection, region: string): ForcePart {
  const { sql, transaction } = connection;
  return {
    force: () => readForce(sql, region),
    forceSteps: (count) => readSteps(sql, region, count),
    edition: (number) => readEdition(sql, region, number),
    changeForce: (seen, { change, pack, by, base, share, next }, at) =>
      transaction(async (tx) => {
        const now = await heldForce(connection, tx, region, seen);
        if (now?.seq !== seen) return undefined;
        const added = await editionNumber(connection, tx, region, pack, next);
        if (added === 'refused') return undefined;
        const force = { seq: seen + 1, base, next: added, share };
        await tx.insert(packForce).values({
          ...{ region, change, by, at, packId: pack.id, packVersion: pack.version },
          ...{ ...force, next: added ?? null },
        });
        if (base !== now.base) await activate(tx, region, base, at);
        if (change === 'rolled-back') await retire(tx, region, pack);
        return force;
      }),
  };
}

/** The number of what is next, and stores it when it is new: `refused` when its packs do not wait for it any more. */
async function editionNumber(
  connection: Connection,
  tx: Sql,
  region: string,
  pack: PackRef,
  next: number | NewEdition | undefined,
): Promise<number | undefined | 'refused'> {
  if (typeof next !== 'object') return next;
  // Held, so that nobody rejects one of them between this look and the start.
  const both = await heldPacks(connection, tx, region, [next.city, next.province]);
  const isReady = [...both.values()].every(({ state }) => READY.includes(state));
  const mayStart = isReady && both.size === 2 && both.get(nameOf(pack))?.state === 'approved';
  return mayStart ? addEdition(tx, region, next) : 'refused';
}

const READY = ['approved', 'active'];

/** How packs stand, by their names; held until the transaction ends. */
export async function heldPacks(
  connection: Connection,
  tx: Sql,
  region: string,
  refs: readonly PackRef[],
): Promise<ReadonlyMap<string, Standing>> {
  const rows = await connection.held(
    tx
      .select({
        ...{ id: packs.id, version: packs.version },
        ...{ state: packs.state, impactJob: packs.impactJob },
      })
      .from(packs)
      .where(and(eq(packs.region, region), or(...refs.map(isPack))))
      .orderBy(packs.id, packs.version),
  );
  return new Map(rows.map((row) => [nameOf(row), row]));
}

type Standing = Pick<typeof packs.$inferSelect, 'state' | 'impactJob'>;

export function nameOf({ id, version }: PackRef): string {
  return `${id}@${version}`;
}

/** Whether a pack is part of what is being rolled out. */
export async function isOnItsWay(tx: Sql, region: string, pack: PackRef): Promise<boolean> {
  const next = (await readForce(tx, region))?.next;
  const edition = next === undefined ? undefined : await readEdition(tx, region, next);
  if (!edition) return false;
  return [edition.city, edition.province].some((one) => nameOf(one) === nameOf(pack));
}

/** What is in force. Who waits here for another process reads its step in the second statement, and gives way. */
async function heldForce(
  connection: Connection,
  tx: Sql,
  region: string,
  seen: number,
): Promise<ForceStep | undefined> {
  await connection.held(
    tx
      .select({ seq: packForce.seq })
      .from(packForce)
      .where(and(eq(packForce.region, region), eq(packForce.seq, seen))),
  );
  return (await readSteps(tx, region, 1))[0];
}

/** Read within the transaction that writes verdicts, after their holders are held: then no two packs are mixed. */
export async function readForce(tx: Sql, region: string): Promise<Force | undefined> {
  const [step] = await readSteps(tx, region, 1);
  return step && { seq: step.seq, base: step.base, next: step.next, share: step.share };
}

const newestSteps = builtOnce('newest_pack_steps', (builder) =>
  builder
    .select()
    .from(packForce)
    .where(eq(packForce.region, place('region')))
    .orderBy(desc(packForce.seq))
    .limit(place('count')),
);

async function readSteps(tx: Sql, region: string, count: number): Promise<readonly ForceStep[]> {
  const rows = await newestSteps(tx).execute({ region, count });
  return rows.map(({ seq, change, base, next, share, packId, packVersion, by, at }) => ({
    ...{ seq, base, share, by, at: epochMs(at) },
    next: next ?? undefined,
    change: change as ForceStep['change'],
    pack: { id: packId, version: packVersion },
  }));
}

async function readEdition(tx: Sql, region: string, number: number): Promise<Edition | undefined> {
  const [row] = await tx
    .select()
    .from(packEditions)
    .where(and(eq(packEditions.region, region), eq(packEditions.number, number)));
  return (
    row && {
      ...{ number, body: row.body },
      city: { id: row.cityId, version: row.cityVersion },
      province: { id: row.provinceId, version: row.provinceVersion },
    }
  );
}

/** Stores a new edition and answers its number. */
async function addEdition(tx: Sql, region: string, edition: NewEdition): Promise<number> {
  const { city, province, bodyOf } = edition;
  const [newest] = await tx
    .select({ number: max(packEditions.number) })
    .from(packEditions)
    .where(eq(packEditions.region, region));
  const number = Number(newest?.number ?? 0) + 1;
  await tx.insert(packEditions).values({
    ...{ region, number, body: bodyOf(number), cityId: city.id, cityVersion: city.version },
    ...{ provinceId: province.id, provinceVersion: province.version },
  });
  return number;
}

/** The packs of an edition are active and no others are. */
async function activate(tx: Sql, region: string, number: number, at: number): Promise<void> {
  const edition = await readEdition(tx, region, number);
  if (!edition) throw new Error(`no edition ${number}`);
  const { city, province } = edition;
  const isOne = or(isPack(city), isPack(province));
  const active = await tx
    .select({ id: packs.id, version: packs.version })
    .from(packs)
    .where(and(eq(packs.region, region), eq(packs.state, 'active')));
  const kept = (one: PackRef) =>
    [city, province].some(({ id, version }) => id === one.id && version === one.version);
  for (const one of active) if (!kept(one)) await retire(tx, region, one);
  await tx
    .update(packs)
    .set({ state: 'active', activatedAt: at })
    .where(and(eq(packs.region, region), isOne, ne(packs.state, 'active')));
}

async function retire(tx: Sql, region: string, pack: PackRef): Promise<void> {
  await tx
    .update(packs)
    .set({ state: 'retired' })
    .where(
      and(eq(packs.region, region), isPack(pack), inArray(packs.state, ['approved', 'active'])),
    );
}

export function isPack({ id, version }: PackRef) {
  return and(eq(packs.id, id), eq(packs.version, version));
}
