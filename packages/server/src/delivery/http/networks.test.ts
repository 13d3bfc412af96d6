import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressJudge, parseNetwork } from './networks.ts';

const judge = addressJudge([]);

describe('Without networks of the operator', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'carrierGradeNat'],
    ['169.254.169.254', 'linkLocal'],
    ['192.0.0.1', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['198.51.100.1', 'reserved'],
    ['203.0.113.1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'unassigned'],
    ['::ffff:127.0.0.1', 'ipv4Mapped'],
    ['::ffff:8.8.8.8', 'ipv4Mapped'],
    ['::ffff:0:7f00:1', 'rfc6145'],
    ['64:ff9b::7f00:1', 'rfc6052'],
    ['64:ff9b:1::1', 'rfc6052'],
    ['100::1', 'discard'],
    ['2001::1', 'teredo'],
    ['2001:db8::1', 'reserved'],
    ['3fff::1', 'reserved'],
    ['2002:7f00:1::', '6to4'],
    ['fc00::1', 'uniqueLocal'],
    ['fd12:3456::1', 'uniqueLocal'],
    ['fe80::1', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'unassigned'],
  ])('%s is not called, being %s', (address, range) => {
    expect(judge(address)).toBe(`${address} is not public (${range})`);
  });

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '2600::1',
    '2a00::1',
  ])('%s is called, being public', (address) => {
    expect(judge(address)).toBeUndefined();
  });

  it('what is no address is not called', () => {
    expect(judge('localhost')).toBe('localhost is no IP address');
  });
});

describe('With networks of the operator', () => {
  it('what is in them is called, and nothing beside them', () => {
    const allowed = addressJudge(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32']);
    for (const address of ['10.1.0.0', '10.1.255.255', '127.0.0.1', 'fd00:1::5'])
      expect(allowed(address)).toBeUndefined();
    for (const address of ['10.0.255.255', '10.2.0.0', '127.0.0.2', 'fd00:2::5', '::ffff:127.0.0.1']) {
      expect(allowed(address)).toContain('is not public');
    }
  });

  it('an address is in the network of its own first bits', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, bits) => {
        expect(addressJudge([`${address}/${bits}`])(address)).toBeUndefined();
      }),
    );
  });
});

describe('A network', () => {
  it.each(['10.0.0.0/8', '10.0.0.1', '::1', '::/0', 'fd00::/8', '::ffff:10.0.0.0/104'])('may be %s', (text) => {
    expect(parseNetwork(text)).toBeDefined();
  });

  it.each([
    '',
    '10',
    '10.1',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '010.0.0.1',
    '0x7f.0.0.1',
    '::/129',
    'fe80::1%lo',
    'localhost',
    '10.0.0.0/-1',
    '10.0.0.0/x',
  ])('cannot be "%s"', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});
