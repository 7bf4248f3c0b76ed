/**
 * A statement of the schema, which is written for PostgreSQL, in the words of libSQL. libSQL takes any name for a
 * type, orders text by its bytes by default, and has one kind of index.
 */
export function libsqlDdl(statement: string): string {
  return statement
    .replaceAll(' COLLATE "C"', '')
    .replaceAll('"bytea"', 'blob')
    .replaceAll(' USING btree', '');
}
