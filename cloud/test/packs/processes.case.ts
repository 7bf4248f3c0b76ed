import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import { promMetrics } from '../../src/metrics.ts';
import { makePackSource } from '../../src/pack-source.ts';
import { makeStatuses } from '../../src/status.ts';
import { openDatabase } from '../../src/store/store.ts';
import { HEALTHY, REGION, type RunningCloud } from '../running-cloud.ts';
import { cityPack, operatorsOf, stayOf } from './operators.ts';

/** Another process on the same database: it shares nothing else with the first. */
async function another({ database, clock, keys }: RunningCloud) {
  const opened = await openDatabase(database);
  onTestFinished(() => opened.close());
  const store = opened.forRegion(REGION);
  const packs = makePackSource({ store, clock, region: REGION, sha256: nodeCrypto.sha256 });
  await packs.install();
  await packs.prepare();
  return makeStatuses({
    ...{ store, clock, keys, packs },
    timers: { after: () => () => undefined },
    metrics: promMetrics({ process: false }),
    published: () => undefined,
  });
}

async function holderOf({ store }: RunningCloud, token: string): Promise<string> {
  const holder = await store.holderByToken(nodeCrypto.sha256(new TextEncoder().encode(token)));
  if (holder === undefined) throw new Error('no such holder');
  return holder;
}

/** What processes that share nothing but a database must do. */
export function processSuite(run: () => Promise<RunningCloud>): void {
  describe('processes', () => {
    test('a process that was told of nothing scores with what another has brought into force', async () => {
      const running = await run();
      const other = await another(running);
      const { activate, work, post, path, started } = operatorsOf(running);
      const holder = await holderOf(running, await running.newHolder());
      const declaration = { ...HEALTHY, residenceDays: 20 };
      await other.declare(holder, declaration);
      const seen = async () => {
        const status = await running.store.status(holder);
        return [status?.colour, status?.pack];
      };
      expect(await seen()).toEqual(['green', { id: 'starter', version: 1 }]);
      const pack = cityPack(1, stayOf(30));
      await activate(pack);
      await work();
      expect(await seen()).toEqual(['yellow', { id: 'hangzhou', version: 2 }]);
      running.clock.set(running.clock.now() + 1000);
      await other.declare(holder, { ...declaration, residenceDays: 21 });
      expect(await seen()).toEqual(['yellow', { id: 'hangzhou', version: 2 }]);
      await started(await post(`${path(pack)}/rollback`));
      running.clock.set(running.clock.now() + 1000);
      await other.declare(holder, { ...declaration, residenceDays: 22 });
      expect(await seen()).toEqual(['green', { id: 'starter', version: 1 }]);
    });

    test('who proposed with a token approves with no account, and the other way round', async () => {
      const running = await run();
      const { propose, impact, post, path } = operatorsOf(running);
      const pack = cityPack(1, stayOf(30));
      expect((await propose(pack)).status).toBe(200);
      const row = await running.store.pack(pack);
      if (!row) throw new Error('no pack');
      const next = { ...row, version: 2, body: row.body.replace('"version":1', '"version":2') };
      await running.store.proposePack({ ...next, proposedBy: 'account:a1' }, running.clock.now());
      const { report } = await impact({ ...pack, version: 2 });
      const refused = await post(`${path({ ...pack, version: 2 })}/approval`, {
        impact: report.hash,
      });
      expect([refused.status, await refused.json()]).toMatchObject([
        403,
        { code: 'second-person-needed' },
      ]);
    });
  });
}
