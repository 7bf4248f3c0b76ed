import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { FromProbe, ToProbe } from './messages.ts';

// What the disk itself takes for the least durable write, at a lane's pace, beside whatever else the run does to it.

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('fsync-probe FILE');
const fd = openSync(file, 'a');
const block = Buffer.alloc(4096, 0x5a);
const everyMs = 100;
let samples: number[] = [];

const timer = setInterval(() => {
  const begun = performance.now();
  writeSync(fd, block);
  fdatasyncSync(fd);
  samples.push(performance.now() - begun);
}, everyMs);

process.on('message', (_message: ToProbe) => {
  process.send?.({ kind: 'taken', samples } satisfies FromProbe);
  samples = [];
});
process.on('disconnect', () => {
  clearInterval(timer);
  closeSync(fd);
});
