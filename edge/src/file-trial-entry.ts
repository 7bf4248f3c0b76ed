import { join } from 'node:path';
import { TRIED_FILES } from './store/file-trial.ts';
import { loadSealKey } from './store/gateway-key.ts';
import { openJournalStore } from './store/journal-store.ts';
import { checkReplica } from './store/replica-file.ts';
import { openReplicaStore } from './store/replica-store.ts';
import { createNodeCrypto } from './verify/node-crypto.ts';

// file-trial-entry.js DATADIR journal|replica: does with one file what a start does with it, in a process that may die of it.
// An error is no matter of this process; whoever opens the file for good meets it too.

const [dataDir = '', name] = process.argv.slice(2);
const crypto = createNodeCrypto();

if (name === 'journal') {
  const store = openJournalStore(join(dataDir, TRIED_FILES.journal), crypto.sha256);
  store.check();
  store.verifyChain();
  store.close();
} else {
  const sealKey = loadSealKey(dataDir);
  const file = join(dataDir, TRIED_FILES.replica);
  const data = { file, rootKey: new Uint8Array(32), sealKey };
  const store = openReplicaStore(data, crypto);
  checkReplica(store, data);
  store.close();
}
