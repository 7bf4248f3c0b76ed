import { Worker } from 'node:worker_threads';
import { packCheckMsMax } from './limits.ts';
import type { CheckPack, PackChecked, PackCheckRequest } from './pack-port.ts';
import type { Timers } from './ports.ts';

/**
 * Checks packs on a thread of their own, so that none keeps the cloud from answering: one that takes too long is
 * ended with its thread, and told so. `entry` is the built pack-worker.js.
 */
export function packThread(entry: URL, timers: Timers, msMax = packCheckMsMax): CheckPack {
  let before: Promise<unknown> = Promise.resolve();
  return (request) => {
    const checked = before.then(() => checkIn(new Worker(entry), request, timers, msMax));
    before = checked.catch(() => undefined);
    return checked;
  };
}

function checkIn(
  worker: Worker,
  request: PackCheckRequest,
  timers: Timers,
  msMax: number,
): Promise<PackChecked | undefined> {
  return new Promise<PackChecked | undefined>((done, fail) => {
    const cancel = timers.after(msMax, () => done(undefined));
    worker.once('message', (checked: PackChecked) => {
      cancel();
      done(checked);
    });
    worker.once('error', (error) => {
      cancel();
      fail(error);
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
