import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { HOLDER_TABLES, shownColumns } from '../../src/store/personal.ts';
import { tables } from './tables.ts';

test('every table about holders is shown to them and deleted with them', () => {
  const known = Object.values(HOLDER_TABLES).map((table) => getTableConfig(table).name);
  const about = tables
    .filter((table) =>
      Object.values(getTableColumns(table)).some(({ name }) => name === 'holder_id'),
    )
    .map((table) => getTableConfig(table).name);
  // The person's own row is the one that all others hang on.
  expect(known.sort()).toEqual(about.filter((name) => name !== 'holder').sort());
});

test('what a holder is shown names nobody of the staff', () => {
  const shown = Object.values(HOLDER_TABLES).flatMap((table) =>
    Object.values(shownColumns(table)).map(({ name }) => name),
  );
  expect(shown.length).toBeGreaterThan(40);
  for (const name of shown) expect(name).not.toMatch(/_by$|by_name|holder_id|region_id/);
});
