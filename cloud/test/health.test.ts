import { epochMs } from '@greengate/contracts/time';
import { expect, test } from 'vitest';
import { makeHealth } from '../src/health.ts';
import { pingAgeMsMax } from '../src/limits.ts';
import { runCloud, START } from './running-cloud.ts';

/** A store whose answers are counted, and can be made to fail or to wait. */
function counted(ping: () => Promise<void>) {
  let asked = 0;
  let now = START;
  const store = {
    ping: () => {
      asked += 1;
      return ping();
    },
  };
  const health = makeHealth(store, { now: () => epochMs(now) });
  return {
    ...{ health, asked: () => asked },
    set: (at: number) => {
      now = at;
    },
  };
}

test('the database is asked once a second, however many want to know', async () => {
  const { store } = await runCloud();
  const { health, asked, set } = counted(() => store.ping());
  for (let at = 0; at < 100; at++) await health.check();
  await Promise.all(Array.from({ length: 100 }, () => health.check()));
  expect(asked()).toBe(1);
  set(START + pingAgeMsMax - 1);
  await health.check();
  expect(asked()).toBe(1);
  set(START + pingAgeMsMax);
  await health.check();
  expect(asked()).toBe(2);
  // The clock steps back: what was answered is of no known age.
  set(START);
  await health.check();
  expect(asked()).toBe(3);
});

test('a database that does not answer is told to all, and asked again a second later', async () => {
  let isDown = true;
  const { health, asked, set } = counted(async () => {
    if (isDown) throw new Error('down');
  });
  for (let at = 0; at < 10; at++) await expect(health.check()).rejects.toThrow('down');
  expect(asked()).toBe(1);
  isDown = false;
  set(START + pingAgeMsMax);
  await health.check();
});

test('a database that hangs is asked no second time', async () => {
  let answer = () => {};
  const hanging = new Promise<void>((done) => {
    answer = done;
  });
  const { health, asked, set } = counted(() => hanging);
  const first = health.check();
  set(START + 60_000);
  const second = health.check();
  expect(asked()).toBe(1);
  answer();
  await Promise.all([first, second]);
  expect(asked()).toBe(1);
});
