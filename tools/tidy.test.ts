import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { checks } from './src/tidy/checks.ts';

const root = resolve(import.meta.dirname, '..');

test.each(Object.entries(checks))('%s', async (_name, check) => {
  expect(await check(root)).toEqual([]);
});
