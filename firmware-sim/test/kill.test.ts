import { expect, test } from 'vitest';
import { startDemo } from './demo-process.ts';

test('P12 20 kill -9 of gateway and cloud lose nothing and double nothing', {
  timeout: 180_000,
}, async () => {
  const demo = startDemo('--seconds 60 --lanes 4 --rate 60 --kills 20');
  expect(await demo.exit, demo.output()).toBe(0);
  const report = demo.report();
  expect(report.kills).toEqual({ gateway: 10, cloud: 10 });
  expect(report).toMatchObject({ lost: 0, duplicated: 0, disagreements: 0 });
  expect(report.passages).toBeGreaterThan(100);
  expect(report.cloudRows).toBe(report.journalRows);
});
