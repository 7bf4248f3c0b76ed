import { createHash } from 'node:crypto';
import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import type { BuiltCloud, Connection } from './built-cloud.ts';
import { holderAt, scoredAt } from './holders.ts';

const rowsPerWrite = 2048;
const DIVISIONS = { low: '330102', medium: '330103', high: '330104' } as const;

/**
 * Writes the same people that are scored purely, as the rows that the cloud would have of them: registered, declared,
 * listed, reported, travelled, and with a status that is no verdict yet.
 */
export async function populate(
  cloud: BuiltCloud,
  connection: Connection,
  region: string,
  seed: number,
  count: number,
): Promise<void> {
  const until = '2022-12-31';
  const risks = Object.entries(DIVISIONS).map(([level, division]) => ({
    ...{ region, division, from: '2020-01-01', until, level, touched: null },
  }));
  await cloud.insert(connection, 'areas', risks);
  for (let at = 0; at < count; at += rowsPerWrite) {
    const people = Array.from({ length: Math.min(rowsPerWrite, count - at) }, (_, i) =>
      rowsOf(region, seed, at + i),
    );
    for (const table of ['holders', 'declarations', 'statuses'] as const) {
      await cloud.insert(
        connection,
        table,
        people.map((one) => one[table]),
      );
    }
    for (const table of ['listEntries', 'reports', 'journeys', 'elsewhere'] as const) {
      const rows = people.flatMap((one): readonly object[] => one[table]);
      if (rows.length > 0) await cloud.insert(connection, table, rows);
    }
  }
}

function rowsOf(region: string, seed: number, index: number) {
  const facts = holderAt(seed, index);
  const holder = digest(`holder ${index}`).toString('hex', 0, 16);
  const idHash = digest(`number ${index}`);
  const division = DIVISIONS[facts.area.level];
  const status = {
    ...{ colour: 'yellow', nextColour: 'yellow', validUntil: scoredAt, ver: 0, matched: '[]' },
    ...{ inputsHash: '', packId: '', packVersion: 0, division, scoredAt, rescoreAt: 0 },
  };
  return {
    holders: {
      ...{ region, holder, idHash, createdAt: scoredAt },
      ...{ sealed: Buffer.alloc(120, index), tokenHash: digest(`token ${index}`) },
    },
    declarations: { region, holder, ...declarationOf(facts, division) },
    statuses: { region, holder, ...status },
    listEntries: distinct(
      facts.lists.map(({ kind, since }) => ({ region, idHash, kind, since: since.slice(0, 10) })),
    ),
    reports: reportOf(facts).map((report) => ({ region, holder, ...report })),
    journeys: distinct(
      (facts.journeys ?? []).map(({ level, leftAt }) => ({
        ...{ region, idHash, division: DIVISIONS[level] },
        ...{ leftOn: leftAt.slice(0, 10), mode: 'rail' },
      })),
    ),
    elsewhere: [...new Map((facts.elsewhere ?? []).map((one) => [one.region, one])).values()].map(
      ({ region: of, colour, since }) => ({
        ...{ region, idHash, of, colour },
        ...{ since: Date.parse(since), validUntil: scoredAt + 86_400_000 },
      }),
    ),
  };
}

function declarationOf({ declaration }: ScoringFacts, division: string) {
  const { at, ...rest } = declaration;
  return { at: Date.parse(at), body: JSON.stringify({ division, ...rest }) };
}

function reportOf({ lastReportAt, declaration }: ScoringFacts) {
  if (lastReportAt === null) return [];
  const at = Date.parse(lastReportAt);
  const day = new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);
  const { temperatureCentiC } = declaration;
  return [{ day, at, temperatureCentiC, fever: 0, dryCough: 0, fatigue: 0 }];
}

function distinct<T extends object>(rows: readonly T[]): T[] {
  return [
    ...new Map(rows.map((row) => [JSON.stringify(Object.values(row).map(String)), row])).values(),
  ];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
