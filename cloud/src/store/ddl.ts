/**
 * A statement of the schema, which is written for PostgreSQL, in the words of libSQL. libSQL takes any name for a
 * type, orders text by its bytes by default, and has one kind of index.
 *
 * Rows lie in the tree of their primary key, where libSQL would keep a tree of row numbers beside it and look each
 * row up twice. Not so where a row holds a blob of many pages: such a tree has one or two rows to a page.
 */
export function libsqlDdl(statement: string): string {
  const text = statement
    .replaceAll(' COLLATE "C"', '')
    .replaceAll('"bytea"', 'blob')
    .replaceAll(' USING btree', '');
  return keyed.test(text) && !wide.test(text) ? text.replace(/\);?\s*$/, ') WITHOUT ROWID') : text;
}

const keyed = /^\s*CREATE TABLE [\s\S]*PRIMARY KEY/;
const wide = /^\s*CREATE TABLE "segment"/;
