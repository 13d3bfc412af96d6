import ipaddr from 'ipaddr.js';

/** An address block in CIDR form. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** `10.0.0.0/8`, `fd00::/8`, or one address. Undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', ...rest] = text.split('/');
  // Zones name an interface of this machine, and shortened IPv4 addresses are read differently by everybody.
  if (address.includes('%') || (!address.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(address)))
    return undefined;
  if (rest.length > 0) return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.parse(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}

/** What IANA has handed out for the public internet so far: RFC 4291, section 2.4. */
const globalUnicast: Network = [ipaddr.IPv6.parse('2000::'), 3];

function within(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/**
 * Says whether an IP address may be called: those of the public internet may, and those in one of the networks that
 * the operator named. Not public is all that the IANA special-purpose address registries list (RFC 6890): loopback,
 * private, link-local, unique local, shared (RFC 6598), multicast, documentation; also IPv6 addresses that contain an
 * IPv4 address, since whoever translates them may reach that one.
 *
 * @param networks each as `parseNetwork` reads it
 * @returns why an address may not be called, undefined when it may
 */
export function addressJudge(networks: readonly string[]): (address: string) => string | undefined {
  const allowed = networks.map((text) => {
    const network = parseNetwork(text);
    if (!network) throw new Error(`${text} is no network.`);
    return network;
  });
  return (text) => {
    if (!ipaddr.isValid(text)) return `${text} is no IP address`;
    const address = ipaddr.parse(text);
    if (allowed.some((network) => within(address, network))) return undefined;
    const range = address.range();
    if (range !== 'unicast') return `${text} is not public (${range})`;
    if (address.kind() === 'ipv6' && !within(address, globalUnicast)) return `${text} is not public (unassigned)`;
    return undefined;
  };
}
