/**
 * The profile of RFC 9421 (HTTP Message Signatures) that gateway requests use: exactly these components, in
 * this order, one signature, Ed25519 by the key that `keyid` names (PROTOCOLS 5, THREATS T11).
 */
export const REQUEST_SIGNATURE = {
  label: 'greengate',
  tag: 'greengate-gateway-1',
  components: ['@method', '@target-uri', 'content-digest'],
  parameters: ['created', 'expires', 'nonce', 'keyid', 'tag'],
  algorithm: 'ed25519',
} as const;

/** Content-Digest (RFC 9530) of a body; an empty body has one too, so that no request goes unbound. */
export function contentDigest(sha256Base64: string): string {
  return `sha-256=:${sha256Base64}:`;
}
