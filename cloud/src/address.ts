import { BlockList, isIP } from 'node:net';

/** Which addresses are proxies of ours, whose word on whom they speak for is taken. */
export interface TrustedProxies {
  has(address: string): boolean;
}

/** Reads `10.0.0.1, 10.1.0.0/16, fd00::/8`. Undefined when a part is no address. */
export function trustedProxies(text: string): TrustedProxies | undefined {
  const list = new BlockList();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [address = '', prefix] = part.split('/');
    const family = familyOf(address);
    if (family === undefined) return undefined;
    if (prefix === undefined) {
      list.addAddress(address, family);
      continue;
    }
    const bits = Number(prefix);
    if (!/^\d{1,3}$/.test(prefix) || bits > (family === 'ipv4' ? 32 : 128)) return undefined;
    list.addSubnet(address, bits, family);
  }
  return {
    has: (address) => {
      const family = familyOf(address);
      return family !== undefined && list.check(address, family);
    },
  };
}

/**
 * Whom a request comes from: the socket's other end, unless that is a proxy of ours; then the last address in
 * X-Forwarded-For that is none. What stands before it in that header anybody can write there.
 */
export function addressOf(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  proxies: TrustedProxies,
): string {
  const remote = plain(socketAddress ?? '');
  if (forwardedFor === undefined || !proxies.has(remote)) return group(remote);
  const hops = forwardedFor.split(',').map((one) => plain(one.trim()));
  const client = hops.findLast((hop) => !proxies.has(hop));
  return group(client !== undefined && isIP(client) > 0 ? client : remote);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

/** IPv4 as it is written, also where the socket speaks both. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** One customer of an IPv6 network has a /64: 18 quintillion addresses count as one. */
function group(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::', 2) ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const parts = tail === undefined ? left : [...left, ...zeros, ...right];
  return `${parts
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`;
}
