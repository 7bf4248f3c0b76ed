import type { ScoringPack } from '@greengate/contracts/rules/pack';

/** A database of the built cloud, as far as the bench uses it. */
export interface Connection {
  transaction<T>(work: (tx: unknown) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Claim {
  readonly part: number;
}

interface Slice {
  readonly begin: unknown;
  readonly pseudonyms: unknown;
}

/** The store's jobs. */
export interface Jobs {
  addJob(job: { id: string; kind: string; input: unknown }, now: number): Promise<void>;
  job(id: string): Promise<{ total: number; done: number; tally: Record<string, number> }>;
  claimPart(owner: string, now: number, until: number): Promise<Claim | undefined>;
  workPart(
    claim: Claim,
    count: number,
    begin: unknown,
    pseudonyms: unknown,
    now: number,
    until: number,
  ): Promise<{ count: number; finished: boolean } | undefined>;
}

/** The code that a re-score runs through, out of the cloud's build: the cloud exports nothing, and a copy would be measured. */
export interface BuiltCloud {
  open(url: string): Promise<Connection>;
  jobs(connection: Connection): Jobs;
  /** What each slice of a re-score by a pack does. */
  scoring(connection: Connection, pack: ScoringPack, now: number): () => Promise<Slice>;
  /** Writes rows of a table of the schema. */
  insert(connection: Connection, table: string, rows: readonly object[]): Promise<void>;
  readonly sliceHolders: number;
  /** Parts of a job that one process of the cloud works on at a time. */
  jobLoops(engine: 'libsql' | 'postgres'): number;
}

/** A module of the build. */
type Built = Record<string, (...args: unknown[]) => never>;

async function load(name: string): Promise<Built> {
  return (await import(new URL(`../../../cloud/dist/${name}.js`, import.meta.url).href)) as Built;
}

export async function builtCloud(region: string): Promise<BuiltCloud> {
  const libsql = await load('store/libsql');
  const postgres = await load('store/postgres');
  const migrate = await load('store/migrate');
  const bulk = await load('store/bulk');
  const jobs = await load('store/jobs');
  const work = await load('jobs');
  const status = await load('status');
  const source = await load('pack-source');
  const { sha256 } = (await load('crypto'))['nodeCrypto'] as never as { sha256: unknown };
  const limits = await load('limits');
  const tables = Object.assign({}, ...(await Promise.all(TABLES.map(load)))) as Built;
  return {
    open: async (url) => {
      const connection: Connection = url.startsWith('file:')
        ? call(libsql, 'openLibsql', url.slice('file:'.length))
        : call(postgres, 'openPostgres', url);
      await call(migrate, 'migrate', connection);
      return connection;
    },
    jobs: (connection) => call(jobs, 'jobStore', connection, region),
    scoring: (connection, pack, now) => {
      const compiled = call(source, 'compiledOf', pack, sha256);
      const packs = {
        compiledFor: () => compiled,
        prepare: async () => undefined,
        withEditions: (work: () => unknown) => work(),
      };
      const statuses: { rescoreAll: { slice(input: unknown): Promise<Slice> } } = call(
        status,
        'makeStatuses',
        {
          ...{ store: call(jobs, 'jobStore', connection, region), packs },
          clock: { now: () => now },
          keys: { pseudonymKey: new Uint8Array(32).fill(7) },
          metrics: { changes: () => undefined },
          published: () => undefined,
        },
      );
      return () => statuses.rescoreAll.slice(null);
    },
    insert: (connection, table, rows) =>
      connection.transaction((tx) => call(bulk, 'insertAll', tx, tables[table], rows)),
    sliceHolders: limits['sliceHoldersCountMax'] as never as number,
    jobLoops: (engine) => call(work, 'jobLoopsCount', engine),
  };
}

const TABLES = ['holders', 'evidence', 'statuses', 'reports'].map((name) => `store/tables/${name}`);

function call<T>(module: Built, name: string, ...args: unknown[]): T {
  const found = module[name];
  if (!found) throw new Error(`the built cloud has no ${name}`);
  return found(...args);
}
