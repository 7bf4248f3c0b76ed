import { getTableConfig } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { RETENTION } from '../../src/store/retention.ts';

test('what is kept for a time is found by that time: clearing out reads no whole table', () => {
  expect(RETENTION.length).toBeGreaterThan(5);
  for (const { table, from } of RETENTION) {
    const { name, indexes } = getTableConfig(table);
    const first = indexes.map(({ config }) =>
      config.columns.slice(0, 2).map((column) => ('name' in column ? column.name : '')),
    );
    expect([name, first]).toEqual([name, expect.arrayContaining([['region_id', from.name]])]);
  }
});
