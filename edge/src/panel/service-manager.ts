import { type ChildProcess, spawn } from 'node:child_process';
import type { Log, ServiceManager } from '../ports.ts';

/** The environment in which systemd starts a service of Type=notify. */
export interface NotifyEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
  readonly PATH?: string | undefined;
}

const WORDS = {
  ready: 'READY=1',
  alive: 'WATCHDOG=1',
  state: 'X_STATE=1',
  stopping: 'STOPPING=1',
} as const;

// Node has no datagram socket of AF_UNIX. A shell that waits on a pipe costs a write; a process a message would stop the lanes
// for 5 to 15 ms each time (decision 0023). Words before the tab, the state behind it.
const SCRIPT =
  'while IFS="$(printf "\\t")" read -r word state; do systemd-notify "$word" "STATUS=$state"; done';
const STATE_CHARS_MAX = 200;
const UNREAD_BYTES_MAX = 16 * 1024;

/** Speaks sd_notify; says nothing where nobody listens. */
export function connectServiceManager(
  env: NotifyEnvironment,
  pid: number,
  log: Log,
): ServiceManager {
  const { NOTIFY_SOCKET, PATH } = env;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') {
    return { patienceMs: undefined, tell: () => undefined };
  }
  let speaker: ChildProcess | undefined;
  const speak = (): ChildProcess => {
    const child = spawn('/bin/sh', ['-c', SCRIPT], {
      env: { NOTIFY_SOCKET, PATH: PATH ?? '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const lost = () => {
      if (speaker !== child) return;
      speaker = undefined;
      log.warn('service-manager-lost');
    };
    child.on('error', lost);
    child.on('exit', lost);
    child.stdin?.on('error', lost);
    child.unref();
    return child;
  };
  return {
    patienceMs: patienceOf(env, pid),
    tell(word, state) {
      speaker ??= speak();
      const { stdin } = speaker;
      if (stdin === null || stdin.writableLength > UNREAD_BYTES_MAX) return;
      stdin.write(`${WORDS[word]}\t${plain(state)}\n`);
    },
  };
}

function patienceOf(env: NotifyEnvironment, pid: number): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = env;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  const ms = /^\d{1,15}$/.test(WATCHDOG_USEC ?? '') ? Number(WATCHDOG_USEC) / 1000 : 0;
  return ms >= 1 ? ms : undefined;
}

function plain(state: string): string {
  return state.replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, ' ').slice(0, STATE_CHARS_MAX);
}
