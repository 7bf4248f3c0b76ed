import { type SQL, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/store/connection.ts';

const insert = (
  id: string,
  version: number,
  state: string,
  by: string,
  approvedBy: string | null,
) =>
  sql`INSERT INTO pack (region_id, pack_id, version, scope, state, body, hash, proposed_by, proposed_at, approved_by, approved_at, impact, impact_job)
      VALUES ('330100', ${id}, ${version}, ${id === 'lines' ? 'province' : 'city'}, ${state}, '{}', 'ab', ${by}, 1, ${approvedBy}, ${approvedBy === null ? null : 1}, ${approvedBy === null ? null : 'ab'}, ${approvedBy === null ? null : 'job'})`;

const edition = (number: number, version: number) =>
  sql`INSERT INTO pack_edition VALUES ('330100', ${number}, '{}', 'city', ${version}, 'lines', 1)`;

const force = (seq: number, base: number) =>
  sql`INSERT INTO pack_force VALUES ('330100', ${seq}, 'installed', ${base}, NULL, 0, 'city', 1, 'x', 1)`;

const BEFORE: readonly SQL[] = [
  insert('lines', 1, 'active', 'alice', 'bob'),
  insert('city', 1, 'active', 'alice', 'bob'),
  insert('city', 2, 'approved', 'alice', 'bob'),
  insert('city', 3, 'proposed', 'alice', null),
  edition(1, 1),
  edition(3, 3),
  force(1, 1),
];

const city = (version: number) => sql`WHERE pack_id = 'city' AND version = ${version}`;

/** What no code may do to packs, whatever bug or hurry it runs in. `open` gives an empty database. */
export function packGuardSuite(open: () => Promise<Connection>): void {
  describe('the guards of packs', () => {
    const forbidden: readonly (readonly [string, SQL])[] = [
      ['a changed body', sql`UPDATE pack SET body = '{"x":1}' ${city(3)}`],
      ['a changed hash', sql`UPDATE pack SET hash = 'cd' ${city(3)}`],
      ['a proposal in another name', sql`UPDATE pack SET proposed_by = 'carol' ${city(3)}`],
      ['an approval in another name', sql`UPDATE pack SET approved_by = 'carol' ${city(2)}`],
      ['another impact report', sql`UPDATE pack SET impact = 'cd' ${city(2)}`],
      [
        'a report that is gone',
        sql`UPDATE pack SET impact = NULL, impact_job = NULL, approved_by = 'carol' ${city(2)}`,
      ],
      [
        'an approval anew by who proposed it',
        sql`UPDATE pack SET approved_by = 'alice', impact = 'cd', impact_job = 'other' ${city(2)}`,
      ],
      [
        'an approval anew of a pack in force',
        sql`UPDATE pack SET approved_by = 'carol', impact = 'cd', impact_job = 'other' ${city(1)}`,
      ],
      ['a pack moved to another scope', sql`UPDATE pack SET scope = 'province' ${city(3)}`],
      [
        'an approval by who proposed it',
        sql`UPDATE pack SET state = 'approved', approved_by = 'alice', approved_at = 2 ${city(3)}`,
      ],
      ['an approval by nobody', sql`UPDATE pack SET state = 'approved' ${city(3)}`],
      [
        'an activation past the approval',
        sql`UPDATE pack SET state = 'active', approved_by = 'bob', approved_at = 2 ${city(3)}`,
      ],
      ['a second active pack', sql`UPDATE pack SET state = 'active' ${city(2)}`],
      ['an old version', insert('city', 2, 'proposed', 'alice', null)],
      ['a pack of its author alone', insert('city', 9, 'active', 'alice', 'alice')],
      ['a pack that is gone', sql`DELETE FROM pack ${city(3)}`],
      ['a changed edition', sql`UPDATE pack_edition SET body = '{"x":1}'`],
      ['an edition that is gone', sql`DELETE FROM pack_edition WHERE number = 3`],
      ['a pack in force that nobody approved', force(2, 3)],
      ['an edition in force that is not there', force(2, 7)],
      ['another history', sql`UPDATE pack_force SET by_person = 'y'`],
      ['a history that is gone', sql`DELETE FROM pack_force`],
    ];

    test('refuse it, and leave everything as it was', async () => {
      const connection = await open();
      for (const one of BEFORE) await connection.transaction((tx) => tx.execute(one));
      const all = async () => {
        const rows = await connection.sql.execute(
          sql`SELECT * FROM pack ORDER BY pack_id, version`,
        );
        return [rows, await connection.sql.execute(sql`SELECT * FROM pack_force`)];
      };
      const before = await all();
      for (const [name, statement] of forbidden) {
        const tried = connection.transaction((tx) => tx.execute(statement));
        await expect(tried, name).rejects.toThrow();
      }
      expect(await all()).toEqual(before);
    });
  });
}
