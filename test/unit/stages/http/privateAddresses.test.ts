import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkHost } from '../../../../src/stages/http/hostCheck.ts';
import { isPrivateAddress, literalAddress } from '../../../../src/stages/http/privateAddresses.ts';

const none = { lookup: () => Promise.reject(new Error('not asked')), isProxied: false };

/** Numbers of private IPv4 addresses. */
const privateFour = fc.oneof(
  ...(
    [
      [0x7f000000, 24],
      [0x0a000000, 24],
      [0xac100000, 20],
      [0xc0a80000, 16],
      [0xa9fe0000, 16],
      [0x64400000, 22],
      [0x00000000, 24],
      [0xe0000000, 29],
    ] as const
  ).map(([base, bits]) => fc.integer({ min: 0, max: 2 ** bits - 1 }).map((host) => base + host)),
);

const hex = (number: number): string => number.toString(16);
const bytes = (n: number): [number, number, number, number] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

/** Ways to write one IPv4 address into a URL. */
function spellings(number: number): string[] {
  const [a, b, c, d] = bytes(number);
  const low = number & 0xffff;
  const high = number >>> 16;
  return [
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${d}.`,
    String(number),
    `0x${hex(number)}`,
    `0${number.toString(8)}`,
    `0x${hex(a)}.0${b.toString(8)}.${c}.0x${hex(d)}`,
    `${a}.${number & 0xffffff}`,
    `${a}.${b}.${low}`,
    `%3${String(a).charAt(0)}${String(a).slice(1)}.${b}.${c}.${d}`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::ffff:${hex(high)}:${hex(low)}]`,
    `[0:0:0:0:0:ffff:${hex(high)}:${hex(low)}]`,
    `[::${hex(high)}:${hex(low)}]`,
    `[64:ff9b::${hex(high)}:${hex(low)}]`,
    `[2002:${hex(high)}:${hex(low)}::1]`,
  ];
}

describe('private addresses', () => {
  it('are refused in any spelling', async () => {
    await fc.assert(
      fc.asyncProperty(privateFour, async (number) => {
        for (const host of spellings(number)) {
          const { hostname } = new URL(`http://${host}/`);
          assert.equal((await checkHost(hostname, none)).ok, false, host);
        }
      }),
    );
  });

  it('are refused in IPv6', async () => {
    for (const host of [
      '::1',
      '::',
      'fc00::1',
      'fd00:ec2::254',
      'fe80::1',
      'febf::1',
      'fec0::1',
      'ff02::1',
      '2001:db8::1',
      '64:ff9b:1::1',
      '100::1',
      '2001::1',
      '0000:0000:0000:0000:0000:0000:0000:0001',
    ]) {
      const { hostname } = new URL(`http://[${host}]/`);
      assert.equal((await checkHost(hostname, none)).ok, false, host);
    }
    assert.ok(isPrivateAddress('fe80::1%eth0'));
    assert.ok(isPrivateAddress('no address'));
  });

  it('are not those of the network', async () => {
    for (const host of [
      '8.8.8.8',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.0.1',
      '172.32.0.1',
      '192.167.1.1',
      '169.253.1.1',
      '223.255.255.255',
      '[2606:4700::1111]',
      '[::ffff:8.8.8.8]',
      '[64:ff9b::808:808]',
    ]) {
      const { hostname } = new URL(`http://${host}/`);
      assert.ok((await checkHost(hostname, none)).ok, host);
    }
  });

  it('are refused when any address of a name is one', async () => {
    const found = (...addresses: string[]) => ({
      lookup: () => Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
      isProxied: false,
    });
    assert.equal((await checkHost('a.example', found('8.8.8.8', '127.0.0.1'))).ok, false);
    assert.equal((await checkHost('a.example', found('::1'))).ok, false);
    assert.equal((await checkHost('a.example', found())).ok, false);
    assert.equal((await checkHost('x.localhost', found('8.8.8.8'))).ok, false);
    assert.equal((await checkHost('localhost.', found('8.8.8.8'))).ok, false);
    assert.deepEqual(await checkHost('a.example', found('8.8.8.8')), {
      ok: true,
      value: { kind: 'pinned', addresses: [{ address: '8.8.8.8', family: 4 }] },
    });
  });

  it('are asked for behind a proxy only where the name may be one of the world', async () => {
    const behind = { lookup: () => Promise.reject(new Error('ENOTFOUND')), isProxied: true };
    assert.deepEqual(await checkHost('api.example', behind), { ok: true, value: { kind: 'proxied' } });
    for (const name of ['printer', 'metadata.google.internal', 'nas.local', '10.0.0.1']) {
      assert.equal((await checkHost(name, behind)).ok, false, name);
    }
  });

  it('know a literal', () => {
    assert.equal(literalAddress('[::1]'), '::1');
    assert.equal(literalAddress('1.2.3.4'), '1.2.3.4');
    assert.equal(literalAddress('a.example'), undefined);
  });
});
