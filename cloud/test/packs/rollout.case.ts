import { describe, expect, test } from 'vitest';
import { shareBound } from '../../src/packs/share.ts';
import { REGION, type RunningCloud } from '../running-cloud.ts';
import { cityPack, mediumIsRed, operatorsOf, stayOf } from './operators.ts';

const codeOf = async (response: Response) =>
  [response.status, ((await response.json()) as { code?: string }).code] as const;

const AREA = { division: REGION, level: 'medium', from: '2022-03-01', until: '2022-03-31' };

/** What publishing, rolling out and taking back must do, whichever engine is behind the cloud. */
export function rolloutSuite(run: () => Promise<RunningCloud>): void {
  describe('a rollout', () => {
    test('a pack goes from its author to a second person, then to everybody, and back', async () => {
      const running = await run();
      const { declared, propose, approve, post, path, work, list, status, started, jobView } =
        operatorsOf(running);
      const newcomer = await declared({ residenceDays: 20 });
      const other = await declared();
      expect(await status(newcomer)).toMatchObject({ colour: 'green' });

      const pack = cityPack(1, stayOf(30));
      const proposed = await propose(pack);
      expect(await proposed.json()).toMatchObject({
        ...{ id: 'hangzhou', version: 1, scope: 'city', state: 'proposed', warnings: [] },
        ...{ proposedBy: 'token:operator', approvedBy: null },
      });
      expect(await codeOf(await post(`${path(pack)}/activation`))).toEqual([409, 'pack-not-ready']);
      expect(await (await approve(pack)).json()).toMatchObject({
        ...{ state: 'approved', approvedBy: 'token:second-operator' },
      });
      expect(await status(newcomer)).toMatchObject({ colour: 'green' });

      const job = await started(await post(`${path(pack)}/activation`));
      expect(job).toBe('pack-2');
      expect(await list()).toMatchObject({
        inForce: {
          edition: 1,
          rollout: { edition: 2, share: 3, job, city: { id: 'hangzhou', version: 1 } },
        },
      });
      await work();
      expect(await jobView(job)).toMatchObject({ kind: 'rollout', state: 'finished' });
      expect(await list()).toMatchObject({
        inForce: { edition: 2, rollout: null, city: { id: 'hangzhou', version: 1 } },
        packs: [
          { id: 'starter-lines', state: 'active' },
          { id: 'starter', state: 'retired' },
          { id: 'hangzhou', state: 'active' },
        ],
        history: ['completed', 'widened', 'widened', 'started', 'installed'].map((change) => ({
          change,
        })),
      });
      expect(await status(newcomer)).toMatchObject({ colour: 'yellow' });
      expect(await status(other)).toMatchObject({ colour: 'green' });
      const explained = await running.call(newcomer, 'GET', '/v1/explanation');
      expect(await explained.json()).toMatchObject({
        reproduced: true,
        score: { pack: { id: 'hangzhou', version: 2 } },
      });

      await started(await post(`${path(pack)}/rollback`));
      await work();
      expect(await status(newcomer)).toMatchObject({ colour: 'green' });
      expect(await list()).toMatchObject({ inForce: { edition: 1, rollout: null } });
      expect(await codeOf(await post(`${path(pack)}/rollback`))).toEqual([409, 'pack-not-ready']);
      expect(await codeOf(await post(`${path(pack)}/activation`))).toEqual([409, 'pack-not-ready']);
    });

    test('the report of a shadow run counts what would change, and tells of nobody', async () => {
      const running = await run();
      const { declared, propose, impact, status } = operatorsOf(running);
      const people = [];
      for (let i = 0; i < 12; i++) people.push(await declared({ residenceDays: 20 }));
      for (let i = 0; i < 3; i++) await declared();
      await declared({ division: '330106', residenceDays: 20 });
      const pack = cityPack(1, (rule) => ({
        ...stayOf(30)(rule),
        ...(rule.id === 'residence-short' ? { outcome: 'red' } : {}),
      }));
      const tests = pack.tests.map((one) =>
        one.name === 'a newcomer' ? { ...one, expect: { colour: 'red' } } : one,
      );
      expect((await propose({ ...pack, tests })).status).toBe(200);
      const { report } = await impact(pack);
      expect(report).toMatchObject({
        ...{ holders: 16, redWithoutGrounds: 13, failed: 0 },
        changes: [
          { from: 'green', to: 'green', holders: 3 },
          { from: 'green', to: 'red', holders: 13 },
        ],
        divisions: [
          { division: REGION, changes: [{ from: 'green', to: 'red', holders: 12 }] },
          { division: '330106', changes: [{ from: 'green', to: 'red', holders: null }] },
        ],
        beside: { id: 'starter-lines', version: 1 },
      });
      expect(report.sample.length).toBeGreaterThan(0);
      for (const one of report.sample) {
        expect(one).toMatchObject({ from: 'green', to: 'red', rule: 'residence-short' });
        expect(one.ref).toMatch(/^[0-9a-f]{12}$/);
      }
      for (const person of people) expect(await status(person)).toMatchObject({ colour: 'green' });
      const again = await impact(pack);
      expect(again.report.sample).not.toEqual(report.sample);
    });

    test('a rollout that makes more red than was foretold stops by itself, and takes it back', async () => {
      const running = await run();
      const { call, tokens } = running;
      const { declared, activate, work, status, list, jobView } = operatorsOf(running);
      const people = [];
      for (let i = 0; i < 40; i++) people.push(await declared());
      const tests = cityPack(1).tests.map((one) =>
        one.name === 'a medium-risk area' ? { ...one, expect: { colour: 'red' } } : one,
      );
      await activate(cityPack(1, mediumIsRed, { tests }));
      // Nobody lived in such an area when the report was made.
      await call(tokens.operator, 'POST', '/v1/areas', { areas: [AREA] });
      await work();
      const { inForce, history } = (await list()) as {
        inForce: object;
        history: { change: string; by: string }[];
      };
      expect(inForce).toMatchObject({ edition: 1, rollout: null });
      expect(history[0]).toMatchObject({ change: 'halted', by: 'automatic' });
      const halted = await jobView(`pack-${history.length - 1}`);
      expect(halted).toMatchObject({ kind: 'rollout' });
      expect(running.log.join('')).toContain('a rollout was halted');
      for (const person of people) expect(await status(person)).toMatchObject({ colour: 'yellow' });
    });

    test('a rollout that is rolled back on its way leaves nobody behind', async () => {
      const running = await run();
      const { declared, activate, post, path, started, work, status, list } = operatorsOf(running);
      const people = [];
      for (let i = 0; i < 20; i++) people.push(await declared({ residenceDays: 20 }));
      const pack = cityPack(1, stayOf(30));
      await activate(pack);
      while ((await running.store.force())?.share !== 256)
        await running.cloud.workOnJobs(() => false);
      await running.cloud.workOnJobs(() => false);
      await started(await post(`${path(pack)}/rollback`));
      await work();
      for (const person of people) expect(await status(person)).toMatchObject({ colour: 'green' });
      expect(await list()).toMatchObject({ inForce: { edition: 1, rollout: null } });
      expect(await running.store.pack(pack)).toMatchObject({ state: 'retired' });
    });

    test('new evidence is scored with what has reached its holder', async () => {
      const running = await run();
      const { declared, activate, status } = operatorsOf(running);
      await activate(cityPack(1, stayOf(30)));
      const force = await running.store.force();
      expect(force).toMatchObject({ base: 1, next: 2, share: 3 });
      await running.store.changeForce(
        2,
        {
          ...{ change: 'widened', pack: { id: 'hangzhou', version: 1 }, by: 'operator' },
          ...{ base: 1, next: 2, share: 128 },
        },
        running.clock.now(),
      );
      const colours = new Set<unknown>();
      for (let i = 0; i < 24; i++) {
        const holder = await declared({ residenceDays: 20 });
        const id = await holderIdOf(running, holder);
        const { colour } = await status(holder);
        expect(colour).toBe(id < shareBound(128) ? 'yellow' : 'green');
        colours.add(colour);
      }
      expect(colours.size).toBe(2);
    });
  });
}

async function holderIdOf(running: RunningCloud, token: string) {
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
  const id = await running.store.holderByToken(hash);
  if (id === undefined) throw new Error('no such holder');
  return id;
}
