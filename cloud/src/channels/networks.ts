import { BlockList, isIP } from 'node:net';

/** Which addresses a webhook may reach. */
export interface Networks {
  /** Whether an operator of this machine has allowed the address by its network; there, plain HTTP is allowed too. */
  allowed(address: string): boolean;
  /** Whether the address is one of the public internet. */
  public(address: string): boolean;
}

/**
 * Reads networks such as `10.1.0.0/16`. Undefined when one is none.
 *
 * A webhook's URL is given by a person and resolved by somebody else's name server: without this, it would reach
 * whatever this machine reaches (OWASP: server-side request forgery).
 */
export function networksOf(cidrs: readonly string[]): Networks | undefined {
  const own = new BlockList();
  for (const cidr of cidrs) if (!add(own, cidr)) return undefined;
  return {
    allowed: (address) => own.check(address, familyOf(address)),
    public: (address) =>
      familyOf(address) === 'ipv4'
        ? !SPECIAL.check(address, 'ipv4')
        : GLOBAL.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6'),
  };
}

function add(list: BlockList, cidr: string): boolean {
  const [address = '', bits = '', ...rest] = cidr.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most)
    return false;
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return true;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function listOf(...cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) add(list, cidr);
  return list;
}

// IANA's registries of special-purpose addresses (RFC 6890): what is not globally reachable, or leads elsewhere.
const SPECIAL = listOf(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
);

// Of IPv6 only global unicast: neither loopback, link-local and unique local, nor IPv4 in another dress.
const GLOBAL = listOf('2000::/3');
