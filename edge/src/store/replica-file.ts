import type { Crypto } from '@greengate/contracts/crypto';
import { type Opened, openOrRebuild } from './quarantine.ts';
import { openReplicaView } from './replica-reader.ts';
import { openReplicaStore, type ReplicaFile, type ReplicaStore } from './replica-store.ts';

/**
 * Opens replica.db as every start does. The lanes' connection is tried too: on some damage the writer's opens and theirs does
 * not, and the gateway would end at every start. One that is damaged is set aside, and fetched anew.
 */
export function openReplicaFile(data: ReplicaFile, crypto: Crypto): Opened<ReplicaStore> {
  return openOrRebuild(
    data.file,
    'newest',
    () => openReplicaStore(data, crypto),
    (store) => checkReplica(store, data),
  );
}

/** Reads what every start reads of a replica, by the writer's connection and by the lanes'; throws where that is damaged. */
export function checkReplica(store: ReplicaStore, { file, sealKey }: ReplicaFile): void {
  store.check();
  openReplicaView(file, sealKey).close();
}
