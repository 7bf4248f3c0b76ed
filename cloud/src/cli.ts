import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { epochMs } from '@greengate/contracts/time';
import { CommanderError } from 'commander';
import { ApiRefusal } from './cli/api-client.ts';
import { makeProgram } from './cli/program.ts';
import { startProgress } from './cli/progress.ts';
import { CommandError, type Shell } from './cli/shell.ts';

/** A request that is not answered by then is sent again. */
const ANSWER_MS = 60_000;

const shell: Shell = {
  clock: { now: () => epochMs(Date.now()) },
  random: { bytes: (count) => randomBytes(count) },
  files: {
    exists: existsSync,
    read: (file) => readFileSync(file, 'utf8'),
    chunks: (file) => createReadStream(file),
    sizeOf: (file) => statSync(file).size,
    isOpenToOthers: (file) => (statSync(file).mode & 0o077) !== 0,
    writeNew: (file, text, secret) =>
      writeFileSync(file, text, { flag: 'wx', ...(secret ? { mode: 0o600 } : {}) }),
  },
  fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) }),
  print: (text) => console.log(text),
  tell: (text) => console.error(text),
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  progress: (title, total, asJson) =>
    startProgress(
      { stream: process.stderr, isTerminal: process.stderr.isTTY },
      title,
      total,
      asJson,
    ),
  found: () => {
    process.exitCode = 1;
  },
};

try {
  await makeProgram(shell).parseAsync();
} catch (error) {
  // Commander has told already; help that was asked for comes this way too.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof CommandError) {
    shell.tell(`greengate: ${error.message}`);
    process.exitCode = 2;
  } else if (error instanceof ApiRefusal) {
    shell.tell(`greengate: ${error.textIn('en')}`);
    process.exitCode = error.code === 'unreachable' ? 2 : 1;
  } else throw error;
}
