import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/store/connection.ts';

const NOW = 1_655_000_000_000;
const DAY = 86_400_000;
const SHA = 'cd'.repeat(32);
const GREEN = [{ rule: 'clear', asks: 'green' }];
const RED = [{ rule: 'listed-infected', asks: 'red' }];

/** What somebody may try who has the database's password and no colleague. `open`: an empty, migrated database. */
export function issuingGuardSuite(open: () => Promise<Connection>): void {
  describe('whoever writes past the program', () => {
    const started = async () => {
      const connection = await open();
      const run = (text: string) => connection.transaction((tx) => tx.execute(sql.raw(text)));
      return { run, ...hands(run) };
    };

    test('T7 one person makes nobody red: not now, not later, not by a claim without an override', async () => {
      const { run, status, colourOf } = await started();
      await status('h', 'green', 'yellow', GREEN);
      await refused(run(`UPDATE status SET colour = 'red'`));
      await refused(run(`UPDATE status SET next_colour = 'red', valid_until = 0`));
      const byHand = JSON.stringify([{ rule: 'set-by-hand:x', asks: 'red' }]);
      await refused(run(`UPDATE status SET colour = 'red', matched = '${byHand}'`));
      await refused(run(`UPDATE status SET colour = 'red', matched = '[]'`));
      await refused(run(`UPDATE status SET colour = 'red', matched = '[{"asks":"red"}]'`));
      await refused(status('i', 'red', 'red', GREEN));
      await refused(status('i', 'green', 'red', []));
      expect(await colourOf('h')).toBe('green');
      await status('j', 'red', 'yellow', RED);
      await status('k', 'green', 'red', RED);
      expect(await colourOf('j')).toBe('red');
      await run(`UPDATE status SET rescore_at = 0`);
    });

    test('T7 two people make red what they both stand behind, of this holder, until it ends or is lifted', async () => {
      const { run, status, propose, approve } = await started();
      const red = `UPDATE status SET colour = 'red', scored_at = ${NOW} WHERE holder_id = 'h'`;
      await status('h', 'green', 'yellow', GREEN);
      await status('other', 'green', 'yellow', GREEN);
      await propose('o', {});
      await refused(run(red));
      await approve('o', 'qian');
      await refused(run(red.replace(`'h'`, `'other'`)));
      await refused(run(red.replace(String(NOW), String(NOW + 7 * DAY))));
      await run(red);
      await refused(run(`UPDATE status SET holder_id = 'moved' WHERE holder_id = 'h'`));
      await run(`UPDATE status SET colour = 'green'`);
      await run(`UPDATE colour_override SET lifted_at = ${NOW}, lifted_by = 'zhao'`);
      await refused(run(red));
    });

    test('T7 an override takes two people, a document and an end, whatever statement writes it', async () => {
      const { run, propose, approve } = await started();
      for (const change of [
        { approved: 1, answered_by: 'qian', answered_at: NOW },
        { answered_by: 'qian', answered_at: NOW },
        { expires_at: NOW + 14 * DAY + 1 },
        { expires_at: NOW },
        { reason: 'depositor' },
        { colour: 'green' },
        { evidence_kind: 'correction-record' },
        { evidence_sha256: '' },
        { evidence_reference: '' },
        { evidence_reference: null },
        { proposed_by: '' },
        { proposed_by: null },
      ]) {
        await refused(propose('o', change));
      }
      await propose('o', {});
      await refused(approve('o', 'zhao'));
      await refused(approve('o', ''));
      await refused(run('UPDATE colour_override SET approved = 1'));
      await refused(run(`UPDATE colour_override SET approved = 1, answered_at = ${NOW}`));
      await refused(run(`UPDATE colour_override SET proposed_by = 'sun'`));
      await refused(approve('o', 'qian', NOW + 7 * DAY));
      await approve('o', 'qian');
      for (const change of [
        `holder_id = 'other'`,
        `colour = 'yellow'`,
        `expires_at = ${NOW + 13 * DAY}`,
        `answered_by = 'sun'`,
        `proposed_by = 'sun'`,
        'approved = 0',
      ]) {
        await refused(run(`UPDATE colour_override SET ${change}`));
      }
      await run(`UPDATE colour_override SET lifted_at = ${NOW}, lifted_by = 'sun'`);
      await refused(run('UPDATE colour_override SET lifted_at = NULL, lifted_by = NULL'));
    });

    test('T7 nobody is set red without being told: the approval writes the notice', async () => {
      const { run, propose, approve } = await started();
      await propose('o', {});
      expect(await run('SELECT * FROM holder_notice')).toEqual([]);
      await approve('o', 'qian');
      expect(await run('SELECT holder_id, override_id FROM holder_notice')).toEqual([
        { holder_id: 'h', override_id: 'o' },
      ]);
    });

    test('T7 the 1,317 depositors: past a hundred proposals of one person in a day the database refuses too', async () => {
      const { run, propose } = await started();
      for (let at = 0; at < 100; at++) await propose(`o${at}`, { holder_id: `h${at}` });
      await refused(propose('o100', { holder_id: 'h100' }));
      await propose('o101', { proposed_by: 'sun' });
      await propose('o102', { proposed_at: NOW + DAY, expires_at: NOW + 2 * DAY });
      expect(await run('SELECT * FROM holder_notice')).toEqual([]);
    });

    test('history stays as it was written, decisions have names, and nobody judges themselves', async () => {
      const { run, application, appeal } = await started();
      await run(
        `INSERT INTO application_event VALUES ('330100', 'a', 1, 0, 'submitted', 'submitted', 'holder', NULL, '{}')`,
      );
      await refused(run(`UPDATE application_event SET by_kind = 'staff'`));
      await application('a', 'queued', {});
      await refused(application('b', 'queued', {}));
      await refused(run(`UPDATE application SET state = 'issued'`));
      await refused(
        run(`UPDATE application SET state = 'refused', by_kind = 'staff', by_name = 'li'`),
      );
      await refused(run(`UPDATE application SET state = 'auto-issued'`));
      await refused(run(`UPDATE application SET state = 'blessed'`));
      await run(`UPDATE application SET state = 'issued', by_kind = 'staff', by_name = 'li'`);
      await application('b', 'queued', {});
      await appeal('li');
      await refused(run(`UPDATE appeal SET state = 'upheld', decided_at = 1`));
      await refused(run(`UPDATE appeal SET state = 'upheld', decided_at = 1, decided_by = 'li'`));
      await run(`UPDATE appeal SET state = 'upheld', decided_at = 1, decided_by = 'wang'`);
    });

    test('an alarm is cleared by another person', async () => {
      const { run } = await started();
      await run(
        `INSERT INTO override_alarm VALUES ('330100', 'x', 'pair-rate', 'feng', 'zhang', 11, 10, 0, NULL, NULL)`,
      );
      const clear = (by: string) =>
        run(`UPDATE override_alarm SET cleared_at = 1, cleared_by = '${by}'`);
      await refused(clear('feng'));
      await refused(clear('zhang'));
      await refused(run('UPDATE override_alarm SET cleared_at = 1'));
      await clear('li');
    });
  });
}

async function refused(statement: Promise<unknown>): Promise<void> {
  const outcome = await statement.then(
    () => 'written',
    (error: Error) => `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`,
  );
  expect(outcome).toMatch(/guard: |constraint/i);
}

type Run = (text: string) => Promise<unknown[]>;
type Row = Readonly<Record<string, string | number | null>>;

/** Statements that a database client would send. */
function hands(run: Run) {
  const insert = (table: string, row: Row) => {
    const values = Object.values(row).map((value) =>
      typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL'),
    );
    return run(
      `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${values.join(', ')})`,
    );
  };
  const region_id = '330100';
  return {
    status: (holder_id: string, colour: string, next_colour: string, matched: object) =>
      insert('status', {
        ...{ region_id, holder_id, colour, next_colour, valid_until: NOW, ver: 1 },
        ...{ inputs_hash: '', pack_id: 'p', pack_version: 1, matched: JSON.stringify(matched) },
        ...{ division: region_id, scored_at: NOW, rescore_at: NOW },
      }),
    colourOf: async (holder: string) => {
      const [row] = await run(`SELECT colour FROM status WHERE holder_id = '${holder}'`);
      return (row as { colour: string } | undefined)?.colour;
    },
    propose: (override_id: string, change: Row) =>
      insert('colour_override', {
        ...{ region_id, override_id, holder_id: 'h', division: region_id, colour: 'red' },
        ...{ reason: 'test-positive', evidence_kind: 'laboratory-report' },
        ...{ evidence_reference: 'CDC/2022-7', evidence_sha256: SHA, proposed_at: NOW },
        ...{ proposed_by: 'zhao', expires_at: NOW + 7 * DAY, approved: 0, ...change },
      }),
    approve: (id: string, by: string, at = NOW) =>
      run(
        `UPDATE colour_override SET approved = 1, answered_at = ${at}, answered_by = '${by}' WHERE override_id = '${id}'`,
      ),
    application: (application_id: string, state: string, change: Row) =>
      insert('application', {
        ...{ region_id, application_id, holder_id: 'h', community: '330106001', purpose: 'work' },
        ...{ may_call: 1, state, since: 0, by_kind: 'system', submitted_at: 0 },
        ...{ silence_issues: 0, asks: 0, asked_for: '[]', ...change },
      }),
    appeal: (disputed_one: string) =>
      insert('appeal', {
        ...{ region_id, appeal_id: 'p', holder_id: 'h', division: '330106001' },
        ...{ against_kind: 'application', against_id: 'a', reason: 'refusal-unfounded' },
        ...{ state: 'open', made_at: 0, decide_by: 1, disputed_one },
      }),
  };
}
