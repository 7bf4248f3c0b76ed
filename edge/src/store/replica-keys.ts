import { fromHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import type { CheckSignature } from '@greengate/contracts/replica/signed-block';
import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import type { StateTable } from './replica-state.ts';

/** Who may sign a stream: the root key the control stream, and whom its trust list names the others. */
export function signersOf(
  rootKey: Uint8Array,
  state: StateTable,
  crypto: Crypto,
): (stream: StreamName) => CheckSignature {
  return (stream) =>
    stream === CONTROL
      ? (message, signature) => crypto.verifyEd25519(rootKey, message, signature)
      : (message, signature) =>
          replicaKeys(state, stream).some((key) => crypto.verifyEd25519(key, message, signature));
}

/** A region signs its own stream; the red list is signed by a region whose codes are accepted (THREATS T29). */
function replicaKeys(state: StateTable, stream: StreamName): Uint8Array[] {
  const trust = state.document('trust-list')?.body;
  // No clock is needed to know that a key's time has come, or is over: the root signed that time.
  const knownAt = state.stream(CONTROL)?.signedAt ?? 0;
  const speaksFor = (issuer: RegionId) =>
    stream === RED ? trust?.issuersAccepted.includes(issuer) : stream === regionStream(issuer);
  return (trust?.keys ?? [])
    .filter((key) => key.purpose === 'replica' && key.environment === trust?.environment)
    .filter((key) => speaksFor(key.issuer) && key.notBefore <= knownAt && knownAt < key.notAfter)
    .map((key) => fromHex(key.publicKey));
}
