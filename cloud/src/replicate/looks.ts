import type { StreamName } from '@greengate/contracts/replica/streams';
import type { StreamState, StreamStore } from '../ports.ts';

/** Where a stream stands now. Whoever asks in the same moment shares one look at the database. */
export type Looks = (stream: StreamName) => Promise<StreamState>;

/** All who were held for a change are let go at once: ten thousand would ask ten thousand times. */
export function makeLooks(store: Pick<StreamStore, 'stream'>): Looks {
  const begun = new Map<StreamName, Promise<StreamState>>();
  return (stream) => {
    const shared = begun.get(stream);
    if (shared !== undefined) return shared;
    // Nobody joins a look that is under way: it may have begun before the change that they were told of.
    const look = Promise.resolve().then(() => {
      begun.delete(stream);
      return store.stream(stream);
    });
    begun.set(stream, look);
    return look;
  };
}
