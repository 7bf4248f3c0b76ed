import { CHAIN_START, type ChainHead, chained } from '@greengate/contracts/audit/chain';
import type { AuditEntry } from '@greengate/contracts/wire/audit';
import Libsql from 'libsql';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import { type RunningCloud, runCloud, START } from '../running-cloud.ts';
import { greengate, greengateAsync, inFolder, jsonOf } from './run-greengate.ts';

function logOf(rows: number): AuditEntry[] {
  let head: ChainHead = CHAIN_START;
  return Array.from({ length: rows }, (_, i) => {
    const record = { at: 1000 + i, actor: 'ada', action: 'seen', subject: `h-${i}`, detail: { i } };
    const entry = chained(record, head, nodeCrypto.sha256);
    head = entry;
    return entry;
  });
}

const log = logOf(2500);

function linesOf(rows: readonly object[]): string {
  return rows.map((one) => `${JSON.stringify(one)}\n`).join('');
}

/** A real cloud whose log has so many entries, with a signed root of the last. */
async function loggedCloud(rows: number) {
  const running = await runCloud();
  const { cloud, store, tokens, url, keys } = running;
  for (let i = 0; i < rows; i++) {
    const record = { at: START + i, actor: 'operator/ada', action: 'seen', subject: `h-${i}` };
    await store.appendAudit({ ...record, detail: { i } });
  }
  await cloud.signAudit();
  const { write } = inFolder();
  const to = ['--server', url, '--token-file', write('token', tokens.auditor)];
  return {
    ...{ running, write },
    key: keys.root.publicKey,
    verify: (...more: string[]) => greengateAsync('audit', 'verify', ...to, ...more),
  };
}

/** What the owner of the database can do, who takes the guards away first. */
function tamper({ file }: RunningCloud, ...statements: string[]): void {
  const db = new Libsql(file);
  try {
    for (const table of ['entry', 'root'])
      for (const act of ['insert', 'update', 'delete'])
        db.exec(`DROP TRIGGER IF EXISTS audit_${table}_${act}_guard`);
    for (const statement of statements) {
      expect(db.prepare(statement).run().changes).toBeGreaterThan(0);
    }
  } finally {
    db.close();
  }
}

describe('audit verify', () => {
  test('reads the log of a real cloud page by page to its end and holds it against its roots', async () => {
    const { running, key, verify } = await loggedCloud(2500);
    const [newest] = await running.store.auditEntries(2499, 1);
    const run = await verify('--key', key, '--json');
    expect([run.status, jsonOf(run)]).toEqual([
      0,
      {
        fault: null,
        head: { seq: 2500, hash: newest?.hash },
        roots: 1,
        signaturesChecked: true,
      },
    ]);
    expect(run.stderr).toContain('{"progress":"audit","done":2500,"total":2500}');
    const text = await verify();
    expect(text.stdout).toContain('The signatures of the roots were not checked');
    const { operator } = running.tokens;
    const to = ['--server', running.url, '--token-file', inFolder().write('token', operator)];
    const stranger = await greengateAsync('audit', 'verify', ...to);
    expect([stranger.status, stranger.stderr]).toEqual([1, expect.stringContaining('forbidden')]);
  });

  test.each<[string, string, object]>([
    [
      'altered',
      "UPDATE audit_entry SET actor = 'operator/eve' WHERE seq = 1101",
      { seq: 1101, fault: 'hash' },
    ],
    ['missing', 'DELETE FROM audit_entry WHERE seq = 1101', { seq: 1101, fault: 'gap' }],
    ['cut off', 'DELETE FROM audit_entry WHERE seq > 1100', { seq: 1101, fault: 'end' }],
  ])('names the first entry that is %s in the database', async (_name, statement, fault) => {
    const { running, verify } = await loggedCloud(1200);
    tamper(running, statement);
    const run = await verify('--json');
    expect([run.status, jsonOf(run)['fault']]).toEqual([1, fault]);
  });

  test('a log that was chained anew is found by a root that was kept elsewhere', async () => {
    const { running, write, key, verify } = await loggedCloud(20);
    const kept = write('roots.jsonl', linesOf(await running.store.auditRoots()));
    const [before] = await running.store.auditEntries(18, 1);
    tamper(
      running,
      'DELETE FROM audit_entry WHERE seq = 20',
      'DELETE FROM audit_root',
      `UPDATE audit_head SET seq = 19, hash = '${before?.hash}'`,
    );
    const forged = { actor: 'operator/ada', action: 'nothing', subject: null, detail: {} };
    expect(await running.store.appendAudit({ ...forged, at: START })).toBe(20);
    expect((await verify()).status).toBe(0);
    const run = await verify('--roots', kept, '--key', key, '--language', 'zh');
    expect([run.status, run.stdout]).toEqual([1, expect.stringContaining('第 20 条: root')]);
  });

  test('a root that the key did not sign counts for nothing', async () => {
    const { running, key, verify } = await loggedCloud(20);
    tamper(running, 'UPDATE audit_root SET at = at + 1');
    const run = await verify('--key', key, '--json');
    expect([run.status, jsonOf(run)['fault']]).toEqual([1, { seq: 20, fault: 'signature' }]);
  });

  test('reads an exported log', () => {
    const { write } = inFolder();
    const fine = greengate('audit', 'verify', '--file', write('log.jsonl', linesOf(log)));
    expect([fine.status, fine.stdout]).toEqual([0, expect.stringContaining('2500 entries')]);
    const swapped = [...log.slice(0, 10), ...log.slice(10, 12).toReversed(), ...log.slice(12)];
    const run = greengate(
      'audit',
      'verify',
      '--file',
      write('bad.jsonl', linesOf(swapped)),
      '--json',
    );
    expect([run.status, jsonOf(run)['fault']]).toEqual([1, { seq: 11, fault: 'gap' }]);
  });

  test('a file that is no log, a stranger and nothing at all end with what to do', async () => {
    const { write } = inFolder();
    const cut = greengate(
      'audit',
      'verify',
      '--file',
      write('cut.jsonl', linesOf(log).slice(0, -9)),
    );
    expect([cut.status, cut.stderr]).toEqual([2, expect.stringContaining('line 2500')]);
    const { url } = await runCloud();
    const to = ['--server', url, '--token-file', write('token', 'the-token-of-another')];
    const stranger = await greengateAsync('audit', 'verify', ...to);
    expect([stranger.status, stranger.stderr]).toEqual([
      1,
      expect.stringContaining('unauthenticated'),
    ]);
    expect(greengate('audit', 'verify').status).toBe(2);
  });
});
