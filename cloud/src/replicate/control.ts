import type { TrustedKey, TrustList } from '@greengate/contracts/code/trust';
import { type AdmissionPolicy, DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { EPOCH_MS_MAX } from '@greengate/contracts/time';
import type { Keys, Published, Signer, StreamStore } from '../ports.ts';

/** Publishes the trust list when it differs from the newest, and the default policy when there is none. */
export async function publishAtBoot(store: StreamStore, keys: Keys): Promise<Published[]> {
  const trust = trustListOf(keys);
  const published = [
    await store.putDocument('trust-list', (newest) => {
      if (newest === undefined) return trust;
      const next = { ...trust, version: newest.version };
      return JSON.stringify(next) === JSON.stringify(newest)
        ? undefined
        : { ...trust, version: newest.version + 1 };
    }),
    await store.putDocument('admission-policy', (newest) =>
      newest === undefined ? DEFAULT_POLICY : undefined,
    ),
  ];
  return published.filter((one) => one !== undefined);
}

/** Publishes a policy; undefined when its version does not grow, because versions never fall (PROTOCOLS 6). */
export function publishPolicy(
  store: StreamStore,
  policy: AdmissionPolicy,
): Promise<Published | undefined> {
  return store.putDocument('admission-policy', (newest) =>
    newest !== undefined && policy.version <= newest.version ? undefined : policy,
  );
}

function trustListOf(keys: Keys): TrustList {
  const key = ({ keyId, publicKey }: Signer, purpose: TrustedKey['purpose']): TrustedKey => ({
    keyId,
    publicKey,
    purpose,
    issuer: keys.region,
    environment: keys.environment,
    // The key file names no dates yet; rotation brings them.
    notBefore: 0,
    notAfter: EPOCH_MS_MAX,
  });
  return {
    version: 1,
    environment: keys.environment,
    keys: [key(keys.issuer, 'issue'), key(keys.replica, 'replica')],
    issuersAccepted: [keys.region],
  };
}
