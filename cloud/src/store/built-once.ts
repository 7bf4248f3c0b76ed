import { type Placeholder, sql as raw } from 'drizzle-orm';
import { type Dialect, dialectOf, type Sql } from './connection.ts';

/** A query whose values are places: `region` is one, `ids` another. */
export function place(name: string): Placeholder {
  return raw.placeholder(name);
}

/**
 * A query that is built once for each connection, and asked with its values from then on: drizzle takes longer to build
 * most of ours than libSQL to run them. For what is read with every declaration and every status.
 */
export function builtOnce<P>(
  name: string,
  build: (sql: Sql, dialect: Dialect) => { prepare(name: string): P },
): (sql: Sql) => P {
  const built = new WeakMap<Sql, P>();
  return (sql) => {
    const known = built.get(sql);
    if (known !== undefined) return known;
    const made = build(sql, dialectOf(sql)).prepare(name);
    built.set(sql, made);
    return made;
  };
}
