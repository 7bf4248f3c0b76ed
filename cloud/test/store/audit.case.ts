import { CHAIN_START, verifyChain } from '@greengate/contracts/audit/chain';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import type { Connection } from '../../src/store/connection.ts';
import { NOW, type StoreUnderTest } from './fixtures.ts';

export function auditSuite(open: () => Promise<StoreUnderTest>): void {
  test('audit entries of many at once make one chain for each region', async () => {
    const { hangzhou, ningbo } = await open();
    const record = (subject: string) => ({
      ...{ at: NOW, actor: 'operator/a', action: 'POST /x', subject },
      detail: { n: 1, text: 'é', yes: true, none: null },
    });
    const many = Array.from({ length: 20 }, (_, i) => hangzhou.appendAudit(record(`s${i % 2}`)));
    expect((await Promise.all(many)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(await ningbo.auditHead()).toEqual(CHAIN_START);
    expect(await ningbo.appendAudit(record('s'))).toBe(1);
    const entries = [
      ...(await hangzhou.auditEntries(0, 15)),
      ...(await hangzhou.auditEntries(15, 9)),
    ];
    const verifier = verifyChain(nodeCrypto.sha256, [await hangzhou.auditHead()]);
    for (const entry of entries) expect(verifier.next(entry)).toBeUndefined();
    expect(verifier.end()).toBeUndefined();
    const about = await hangzhou.auditAbout('s1', undefined, 3);
    expect(about.map(({ subject }) => subject)).toEqual(['s1', 's1', 's1']);
    expect(about[0]?.seq).toBeGreaterThan(about[1]?.seq ?? 99);
    expect(await hangzhou.auditAbout('s1', about[2]?.seq, 99)).toHaveLength(7);
  });
}

/** What somebody may try who has the database's password. `open`: an empty, migrated database. */
export function auditGuardSuite(open: () => Promise<Connection>): void {
  test('T26 the database itself changes, deletes and inserts no audit entry', async () => {
    const connection = await open();
    const run = (text: string) => connection.transaction((tx) => tx.execute(sql.raw(text)));
    const entry = (seq: number, previous: string, hash: string) =>
      run(
        `INSERT INTO audit_entry VALUES ('330100', ${seq}, 1, 'a', 'b', NULL, '{}', '${previous}', '${hash}')`,
      );
    await entry(1, 'start', 'h1');
    await entry(2, 'h1', 'h2');
    await run(`INSERT INTO audit_root VALUES ('330100', 2, 'h2', 1, 'k', 's')`);
    const attempts = [
      () => entry(4, 'h2', 'h4'),
      () => entry(3, 'h1', 'h3'),
      () => entry(2, 'h1', 'x'),
      () => run(`UPDATE audit_entry SET actor = 'x' WHERE seq = 1`),
      () => run('DELETE FROM audit_entry WHERE seq = 2'),
      () => run('DELETE FROM audit_entry'),
      () => run(`UPDATE audit_root SET hash = 'x'`),
      () => run('DELETE FROM audit_root'),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow();
    expect(await run('SELECT hash FROM audit_entry ORDER BY seq')).toEqual([
      { hash: 'h1' },
      { hash: 'h2' },
    ]);
  });
}
