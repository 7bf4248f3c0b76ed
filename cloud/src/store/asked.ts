import type { Connection, Sql } from './connection.ts';

/** Whose evidence is read, and by what. */
export interface Asked {
  readonly connection: Connection;
  readonly tx: Sql;
  readonly region: string;
  readonly ids: readonly string[];
}

/** What takes the places `region` and `ids`. */
export function placesOf({ connection, region, ids }: Asked): { region: string; ids: unknown } {
  return { region, ids: connection.list(ids) };
}
