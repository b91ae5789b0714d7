import { BlockList, isIP } from 'node:net';

/** Addresses that are not of the public network (IANA's special-purpose registries), and those of cloud metadata. */
const four: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
const six: readonly (readonly [string, number])[] = [
  ['64:ff9b:1::', 48],
  ['100::', 64],
  // Teredo, benchmarks, ORCHID.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const list = new BlockList();
for (const [network, bits] of four) list.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of six) list.addSubnet(network, bits, 'ipv6');

/** The eight groups of an IPv6 address, which is one. */
function groupsOf(address: string): readonly number[] {
  const written = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = written.split('::');
  const read = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [first, last] = [read(head), read(tail ?? '')];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64) or tunnelled (6to4). */
function embedded(address: string): string | undefined {
  const groups = groupsOf(address);
  const dotted = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const startsWith = (...wanted: number[]): boolean => wanted.every((group, place) => groups[place] === group);
  const last = dotted(groups[6], groups[7]);
  if (startsWith(0, 0, 0, 0, 0, 0) || startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0, 0, 0, 0, 0xffff, 0))
    return last;
  if (startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return last;
  if (startsWith(0x2002)) return dotted(groups[1], groups[2]);
  return undefined;
}

/** Whether an IP address is of this computer, its network or a cloud's inside; what is no IP address is taken for one. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/%.*$/s, '');
  switch (isIP(bare)) {
    case 4:
      return list.check(bare, 'ipv4');
    case 6: {
      const inner = embedded(bare);
      return inner === undefined ? list.check(bare, 'ipv6') : list.check(inner, 'ipv4');
    }
    default:
      return true;
  }
}

/** The IP address that a host of a URL is, in any spelling; undefined for a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/** Names that only ever mean something near. */
export function isNearName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return !name.includes('.') || /\.(?:localhost|local|internal|intranet|lan|home\.arpa|corp|home)$/.test(name);
}
