import { describe, expect, test } from 'vitest';
import { type RunningCloud, type RunOptions, START } from '../running-cloud.ts';
import { cityPack, operatorsOf, stayOf } from './operators.ts';

const codeOf = async (response: Response) =>
  [response.status, ((await response.json()) as { code?: string }).code] as const;

/** What keeps an approved pack from coming into force. */
export function activationSuite(run: (options?: RunOptions) => Promise<RunningCloud>): void {
  describe('an activation', () => {
    test('a pack is activated by a report of today, against what is in force today', async () => {
      const running = await run();
      const { propose, impact, approve, post, path, work, started, jobView } = operatorsOf(running);
      const [one, two] = [cityPack(1, stayOf(30)), cityPack(2, stayOf(200))];
      for (const pack of [one, two]) expect((await propose(pack)).status).toBe(200);
      expect((await approve(one)).status).toBe(200);
      const stale = (await impact(two)).report;
      expect((await approve(two)).status).toBe(200);
      const activate = (pack: typeof one) => post(`${path(pack)}/activation`);

      running.clock.set(START + 24 * 3_600_000 + 1);
      expect(await codeOf(await activate(one))).toEqual([409, 'impact-needed']);
      expect((await approve(one)).status).toBe(200);
      const job = await started(await activate(one));
      // Whoever is on the way of being scored anew would be counted as what they are no more.
      expect(await codeOf(await post(`${path(two)}/impact`))).toEqual([409, 'pack-not-ready']);
      await work();
      expect(await jobView(job)).toMatchObject({ state: 'finished' });

      expect(await codeOf(await activate(two))).toEqual([409, 'impact-needed']);
      const again = await post(
        `${path(two)}/approval`,
        { impact: stale.hash },
        running.secondOperator,
      );
      expect(await codeOf(again)).toEqual([409, 'impact-needed']);
      const { report } = await impact(two);
      expect(report).toMatchObject({ edition: 2, change: 5 });
      const own = await post(`${path(two)}/approval`, { impact: report.hash });
      expect(await codeOf(own)).toEqual([403, 'second-person-needed']);
      expect((await approve(two)).status).toBe(200);
      await started(await activate(two));
    });

    test('one person goes back by one pack, and another by the next', async () => {
      const running = await run();
      const { activate, post, path, work, list } = operatorsOf(running);
      const [one, two, three] = [1, 2, 3].map((version) => cityPack(version, stayOf(version * 30)));
      if (!one || !two || !three) throw new Error('no packs');
      for (const pack of [one, two, three]) {
        await activate(pack);
        await work();
      }
      expect(await list()).toMatchObject({ inForce: { edition: 4 } });
      const back = (pack: typeof one, token?: string) => post(`${path(pack)}/rollback`, {}, token);
      expect((await back(three)).status).toBe(200);
      await work();
      expect(await codeOf(await back(two))).toEqual([403, 'second-person-needed']);
      expect(await list()).toMatchObject({ inForce: { edition: 3 } });
      expect((await back(two, running.secondOperator)).status).toBe(200);
      await work();
      expect(await codeOf(await back(one, running.secondOperator))).toEqual([
        ...[403, 'second-person-needed'],
      ]);
      expect(await list()).toMatchObject({ inForce: { edition: 2 } });
    });

    test('a pack that is set aside while it is checked once more does not come into force', async () => {
      let meanwhile = async () => {};
      const running = await run({ whileChecking: () => meanwhile() });
      const { propose, approve, post, path } = operatorsOf(running);
      const pack = cityPack(1, stayOf(30));
      expect((await propose(pack)).status).toBe(200);
      expect((await approve(pack)).status).toBe(200);
      meanwhile = async () => {
        expect(await codeOf(await post(`${path(pack)}/rejection`))).toEqual([200, undefined]);
      };
      expect(await codeOf(await post(`${path(pack)}/activation`))).toEqual([409, 'pack-not-ready']);
      expect(await running.store.force()).toMatchObject({ seq: 1, next: undefined });
      expect(await running.store.pack(pack)).toMatchObject({ state: 'rejected' });
    });
  });
}
