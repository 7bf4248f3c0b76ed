import { Placeholder, sql as raw } from 'drizzle-orm';
import pg from 'pg';
import {
  type Connection,
  type Dialect,
  queryBuilder,
  type RunStatement,
  type Sql,
} from './connection.ts';
import {
  poolConnectionsCountMax,
  poolIdleMsMax,
  poolWaitMsMax,
  preparedStatementsCountMax,
  preparedStatementUsesCountMin,
  statementMsMax,
  transactionTriesCountMax,
} from './limits.ts';

/** Opens a pool to `postgres://...`. Any number of processes may share one database. */
export function openPostgres(url: string): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolConnectionsCountMax,
    connectionTimeoutMillis: poolWaitMsMax,
    idleTimeoutMillis: poolIdleMsMax,
    // A server that falls silent, or a process that stops in the middle, must not hold rows and places for ever.
    keepAlive: true,
    query_timeout: statementMsMax + 5000,
    statement_timeout: statementMsMax,
    idle_in_transaction_session_timeout: statementMsMax,
    application_name: 'greengate',
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  const transaction = <T>(work: (tx: Sql, run: RunStatement) => Promise<T>): Promise<T> =>
    withRetries(() => inTransaction(pool, work));
  return {
    engine: 'postgres',
    ...dialect,
    sql: queryBuilder(runner(pool), dialect),
    transaction: (work) => transaction((tx) => work(tx)),
    define: (statements) =>
      transaction(async (_tx, run) => {
        await run(`SELECT pg_advisory_xact_lock(${DEFINE_LOCK})`, [], true);
        for (const statement of statements) await run(statement, [], true);
      }),
    measure: () => measureGrown(runner(pool)),
    hurry: () => undefined,
    scrub: async () => undefined,
    close: () => pool.end(),
  };
}

const dialect: Dialect = {
  among: (column, values) => {
    const list = values instanceof Placeholder ? values : raw.param([...values]);
    return raw`${column} = ANY(${list}::text[])`;
  },
  list: (values) => [...values],
  held: (query) => {
    query.for('no key update');
    return query;
  },
  unlocked: (query) => {
    query.for('update', { skipLocked: true });
    return query;
  },
};

// "GG": two processes that start at once define the tables one after the other.
const DEFINE_LOCK = 0x4747;

function runner(client: pg.Pool | pg.PoolClient): RunStatement {
  return async (text, values, asObjects) => {
    const name = nameOf(text);
    const query = { text, values, ...(name === undefined ? {} : { name }) };
    if (asObjects) return (await client.query(query)).rows;
    return (await client.query({ ...query, rowMode: 'array' })).rows;
  };
}

// A plan that was made for half as many pages serves no longer. relpages is -1 or 0 before the first look.
const GROWN = `
  SELECT quote_ident(relname) FROM pg_class
  WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * greatest(relpages, 4)`;

async function measureGrown(run: RunStatement): Promise<void> {
  const grown = (await run(GROWN, [], false)) as [string][];
  for (const [table] of grown) await run(`ANALYZE ${table}`, [], false);
}

const uses = new Map<string, number>();
const names = new Map<string, string>();

/** A statement that comes back is prepared under a name, once a connection; one that does not costs the server nothing. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= preparedStatementsCountMax) return known;
  const count = (uses.get(text) ?? 0) + 1;
  if (uses.size >= preparedStatementsCountMax) uses.clear();
  if (count < preparedStatementUsesCountMin) {
    uses.set(text, count);
    return undefined;
  }
  uses.delete(text);
  const name = `greengate_${names.size}`;
  names.set(text, name);
  return name;
}

const builders = new WeakMap<pg.PoolClient, { readonly sql: Sql; readonly run: RunStatement }>();

/** One for each connection, for as long as it lives: queries that are built once are built once for each. */
function builderOf(client: pg.PoolClient) {
  const known = builders.get(client);
  if (known) return known;
  const run = runner(client);
  const made = { sql: queryBuilder(run, dialect), run };
  builders.set(client, made);
  return made;
}

async function inTransaction<T>(
  pool: pg.Pool,
  work: (tx: Sql, run: RunStatement) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle connections only: one that breaks in our hands would end the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    const { sql, run } = builderOf(client);
    await client.query('BEGIN');
    const result = await work(sql, run);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}

/** Two transactions that wait for each other, or that cannot be put in an order, are told so and try again. */
async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= transactionTriesCountMax || !isRetryable(error)) throw error;
    }
  }
}

// 40001 serialization_failure, 40P01 deadlock_detected (PostgreSQL, appendix A).
function isRetryable(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  return code === '40001' || code === '40P01';
}
