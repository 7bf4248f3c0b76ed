import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DemoReport } from '../src/demo/report.ts';

/** The built demo, as a user starts it. */
export interface DemoProcess {
  readonly process: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals | null>;
  output(): string;
  /** Its temporary folder, once it has said so. */
  folder(): string | undefined;
  report(): DemoReport;
}

export function startDemo(args: string): DemoProcess {
  const own = mkdtempSync(join(tmpdir(), 'greengate-report-'));
  const json = join(own, 'report.json');
  const demo = resolve(import.meta.dirname, '../dist/demo.js');
  const child = spawn(process.execPath, [demo, ...args.split(' '), '--json', json], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  let report = '';
  const exit = new Promise<number | NodeJS.Signals | null>((done) => {
    child.once('close', (code, signal) => {
      if (existsSync(json)) report = readFileSync(json, 'utf8');
      rmSync(own, { recursive: true });
      done(code ?? signal);
    });
  });
  return {
    process: child,
    exit,
    output: () => output,
    folder: () => /--keys (\S+)\/keys\.json/.exec(output)?.[1],
    report: () => JSON.parse(report),
  };
}

/** Processes whose command line or environment names a folder. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => ['cmdline', 'environ'].some((file) => readProc(pid, file).includes(folder)));
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
