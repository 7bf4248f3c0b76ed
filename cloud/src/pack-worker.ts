import { parentPort } from 'node:worker_threads';
import type { PackCheckRequest } from './pack-port.ts';
import { checkPack } from './packs/check.ts';

parentPort?.on('message', (request: PackCheckRequest) => {
  parentPort?.postMessage(checkPack(request));
});
