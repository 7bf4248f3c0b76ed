import type { Crypto } from '@greengate/contracts/crypto';

/** The gateway's own primitives, out of its build: edge exports nothing, and a copy here would measure the copy. */
export async function gatewayCrypto(): Promise<Crypto> {
  const built = new URL('../../../edge/dist/verify/node-crypto.js', import.meta.url);
  const edge = (await import(built.href)) as { createNodeCrypto(): Crypto };
  return edge.createNodeCrypto();
}
