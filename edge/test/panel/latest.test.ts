import { expect, test, vi } from 'vitest';
import { latestOf } from '../../src/panel/latest.ts';
import { NOW } from '../fixtures/codes.ts';
import { settle, virtualTime } from '../fixtures/virtual-time.ts';

test('F4 a source that hangs gives what was known last, and is asked one question at a time', async () => {
  const time = virtualTime(NOW);
  let answer: (value: number) => void = () => undefined;
  const read = vi.fn(() => Promise.resolve(1));
  const latest = latestOf(read, 0, time.timers, 500);
  expect(await latest()).toEqual({ value: 1, fresh: true });

  read.mockImplementation(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const both = Promise.all([latest(), latest()]);
  await time.advance(500);
  expect(await both).toEqual([
    { value: 1, fresh: false },
    { value: 1, fresh: false },
  ]);
  expect(read).toHaveBeenCalledTimes(2);
  answer(7);
  await settle();
  read.mockRejectedValue(new Error('disk'));
  expect(await latest()).toEqual({ value: 7, fresh: false });
});
