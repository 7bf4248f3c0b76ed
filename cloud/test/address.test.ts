import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf, trustedProxies } from '../src/address.ts';

function proxies(text: string) {
  const found = trustedProxies(text);
  if (found === undefined) throw new Error(`not understood: ${text}`);
  return found;
}

test.each([
  ['nobody is trusted by default', '', '203.0.113.9', '10.9.9.9', '203.0.113.9'],
  ['a proxy of ours says whom it speaks for', '10.0.0.1', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  [
    'what the client wrote before that',
    '10.0.0.1',
    '10.0.0.1',
    '1.1.1.1, 203.0.113.9',
    '203.0.113.9',
  ],
  ['two proxies in a row', '10.0.0.0/8', '10.0.0.1', '203.0.113.9, 10.2.3.4', '203.0.113.9'],
  ['nothing but proxies', '10.0.0.0/8', '10.0.0.1', '10.2.3.4', '10.0.0.1'],
  ['no address at all', '10.0.0.1', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['no header', '10.0.0.1', '10.0.0.1', undefined, '10.0.0.1'],
  ['IPv4 in an IPv6 socket', '10.0.0.1', '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['IPv6 counts by network', '', '2001:db8:0:1::5', undefined, '2001:db8:0:1::/64'],
  ['IPv6 written in full', '', '2001:0DB8:0000:0001:0:0:0:6', undefined, '2001:db8:0:1::/64'],
  ['loopback', '', '::1', undefined, '0:0:0:0::/64'],
])('%s', (_what, trusted, socket, header, expected) => {
  expect(addressOf(socket, header, proxies(trusted))).toBe(expected);
});

test('a list that is no list of addresses is refused', () => {
  for (const text of ['proxy.example', '10.0.0.1/33', '10.0.0.1/x', '::1/129', '10.0.0']) {
    expect(trustedProxies(text)).toBeUndefined();
  }
});

test('no header makes it fail, and from strangers none is believed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (header) => {
      expect(addressOf('203.0.113.9', header, proxies('10.0.0.1'))).toBe('203.0.113.9');
      expect(addressOf('10.0.0.1', header, proxies('10.0.0.1'))).not.toBe('');
    }),
  );
});
