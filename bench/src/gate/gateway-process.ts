import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** The built gateway, as its service unit runs it. */
export interface GatewayProcess {
  readonly pid: number;
  readonly mqttPort: number;
  /** The thread that owns a database: `journal`, `replica`. */
  thread(name: string): number;
  /** Begins to watch how late its main thread is; asked again, ends it and says, in milliseconds. */
  loopDelay(): Promise<{ readonly p99: number; readonly max: number }>;
  stop(): Promise<void>;
}

const root = resolve(import.meta.dirname, '../../..');

/** `swap`: which of its modules is replaced by which, by the end of the one's URL and the URL of the other. */
export async function startGateway(
  folder: string,
  swap?: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  const profile = process.env['BENCH_CPU_PROF'];
  const child = spawn(
    process.execPath,
    [
      ...unitFlags(),
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      '--import',
      new URL('./in-gateway.js', import.meta.url).href,
      join(root, 'edge/dist/main.js'),
      '--config',
      join(folder, 'gateway.json'),
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_ENV: 'production',
        MALLOC_ARENA_MAX: '1',
        BENCH_GATE_FOLDER: folder,
        ...(swap === undefined ? {} : { BENCH_GATE_SWAP: JSON.stringify(swap) }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const gone = once(child, 'exit');
  const mqttPort = await running(child);
  const pid = child.pid ?? 0;
  return {
    pid,
    mqttPort,
    thread: (name) => Number(readFileSync(join(folder, `thread-${name}`), 'utf8')),
    async loopDelay() {
      const file = join(folder, 'loop.json');
      rmSync(file, { force: true });
      child.kill('SIGUSR2');
      for (;;) {
        await sleep(20);
        try {
          return JSON.parse(readFileSync(file, 'utf8')) as { p99: number; max: number };
        } catch {
          if (child.exitCode !== null || child.signalCode !== null)
            throw new Error('the gateway ended');
        }
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** The flags that the service unit gives to Node. */
export function unitFlags(): string[] {
  const unit = readFileSync(join(root, 'deploy/edge/greengate-gateway.service'), 'utf8');
  const command = /^ExecStart=\S+ (.*)$/m.exec(unit)?.[1] ?? '';
  return command.split(' ').filter((word) => word.startsWith('--') && word !== '--config');
}

/** Resolves with its port when the lanes listen; what it warns of goes on to whoever runs the bench. */
function running(child: ChildProcess): Promise<number> {
  const { stderr } = child;
  if (!stderr) throw new Error('no pipe');
  return new Promise((done, fail) => {
    createInterface(stderr).on('line', (line) => {
      if (!line.startsWith('{')) return void process.stderr.write(`gateway: ${line}\n`);
      const { msg, mqtt, level } = JSON.parse(line) as { msg: string; mqtt: number; level: number };
      if (msg === 'running') done(mqtt);
      else if (level > 40) process.stderr.write(`gateway: ${line}\n`);
    });
    child.once('exit', () => fail(new Error('the gateway ended')));
  });
}
