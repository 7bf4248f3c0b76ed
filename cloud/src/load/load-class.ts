/** From the last to be shed to the first: gateways and the health check, writes, status reads, the rest. */
export const LOAD_CLASSES = ['vital', 'write', 'read', 'other'] as const;
export type LoadClass = (typeof LOAD_CLASSES)[number];

/** What a request is worth under load. `held`: it waits for a change and works on nothing meanwhile. */
export interface Load {
  readonly kind: LoadClass;
  readonly held: boolean;
}

/**
 * By the request line alone: this is decided before a header is believed or a byte of the body is read. `isSigned`
 * says whether it claims a gateway's signature; an address that claims it in vain too often is not asked any more.
 */
export function loadOf(
  method: string,
  url: string,
  isSigned: () => boolean,
  isRelayed: () => boolean = () => false,
): Load {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  // A path that would be rewritten later is not what it seems to be now.
  if (/\/\.|%2e|\\/i.test(path)) return OTHER;
  if (path === '/healthz' || path === '/metrics') return VITAL;
  // A relay asks by a token for many gateways at once. Of a token that is not one's, the address soon is a suspect.
  if (path.startsWith('/v1/replica/tail/') && isRelayed()) return HELD;
  if ((WAITED_FOR.test(path) || path === '/v1/passages') && isSigned()) {
    return path.startsWith('/v1/replica/tail/') || path === '/v1/replica/live' ? HELD : VITAL;
  }
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return WRITE;
  return path === '/v1/status' ? READ : OTHER;
}

/** All of the replica but checksums: nobody at a gate waits for those. */
const WAITED_FOR = /^\/v1\/replica\/(?!digests\/)/;

const VITAL: Load = { kind: 'vital', held: false };
const HELD: Load = { kind: 'vital', held: true };
const WRITE: Load = { kind: 'write', held: false };
const READ: Load = { kind: 'read', held: false };
const OTHER: Load = { kind: 'other', held: false };
