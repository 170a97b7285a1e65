/**
 * IP networks in CIDR form: their rules since Kubernetes 1.36 (`StrictIPCIDRValidation`), and how they relate.
 *
 * @module
 */
import { parseIp } from "../../base/ip.ts";
import { isIp, isIpv6 } from "./values.ts";

/** An address or a network as numbers. */
export interface IpNetwork {
  /** Bits of an address: 32 or 128. */
  readonly width: 32 | 128;
  /** The address as it was written, in its bits. */
  readonly address: bigint;
  /** How many bits are of the network. */
  readonly prefix: number;
}

/** The number of a well-formed address. */
function valueOf(address: string): bigint {
  let value = 0n;
  for (const byte of parseIp(address) ?? []) {
    value = (value << 8n) + BigInt(byte);
  }
  return value;
}

/** The longest run of zero groups, of two at least. */
function zeroRun(groups: readonly string[]): [number, number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === "0") end++;
    if (end - i > 1 && end - i > best[1] - best[0]) best = [i, end];
  }
  return best;
}

/** An address as RFC 5952 writes it. */
export function formatAddress(value: bigint, width: 32 | 128): string {
  if (width === 32) {
    return [24n, 16n, 8n, 0n].map((at) => (value >> at) & 255n).join(".");
  }
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  const [from, to] = zeroRun(groups);
  if (from === to) return groups.join(":");
  return `${groups.slice(0, from).join(":")}::${groups.slice(to).join(":")}`;
}

/** What is wrong with an IP address that must be written in just one way. */
export function isCanonicalIp(text: string): string[] {
  const wrong = isIp(text);
  if (wrong.length > 0) return wrong;
  const width = isIpv6(text) ? 128 : 32;
  const canonical = formatAddress(valueOf(text), width);
  return canonical === text
    ? []
    : [`must be in canonical form ("${canonical}")`];
}

const MALFORMED =
  "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** Reads a network; `undefined` when it is none, however leniently read. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  const width = isIpv6(address) ? 128 : 32;
  const plain = width === 32 ? address.replace(/\b0+(?=\d)/g, "") : address;
  const malformed = rest.length > 0 || !/^\d{1,3}$/.test(bits) ||
    Number(bits) > width || (width === 32 && isIp(plain).length > 0);
  return malformed
    ? undefined
    : { width, address: valueOf(plain), prefix: Number(bits) };
}

/** The first address of a network. */
export function baseOf({ width, address, prefix }: IpNetwork): bigint {
  const host = BigInt(width - prefix);
  return (address >> host) << host;
}

/** A network in canonical form. */
export function formatNetwork(network: IpNetwork): string {
  return `${formatAddress(baseOf(network), network.width)}/${network.prefix}`;
}

/** What is wrong with a network that may be written in several ways. */
export function isStrictCidr(text: string): string[] {
  const network = parseNetwork(text);
  if (network === undefined) return [MALFORMED];
  const [address = "", bits = ""] = text.split("/");
  if (isIp(address)[0] === "must not have leading 0s" || /^0\d/.test(bits)) {
    return ["must not have leading 0s in IP or prefix length"];
  }
  if (network.width === 128 && network.address >> 32n === 0xffffn) {
    return ["must not have an IPv4-mapped IPv6 address"];
  }
  return network.address === baseOf(network)
    ? []
    : ["must not have bits set beyond the prefix length"];
}

/** What is wrong with a network that must be written in just one way. */
export function isCanonicalCidr(text: string): string[] {
  const wrong = isStrictCidr(text);
  if (wrong.length > 0) return wrong;
  const canonical = formatNetwork(parseNetwork(text)!);
  return canonical === text
    ? []
    : [`must be in canonical form ("${canonical}")`];
}

/** Whether a network lies within another one and is smaller. */
export function isStrictSubset(inner: IpNetwork, outer: IpNetwork): boolean {
  return inner.width === outer.width && inner.prefix > outer.prefix &&
    baseOf({ ...inner, prefix: outer.prefix }) === baseOf(outer);
}

/** What to say of an IPv6 network that could be written more shortly. */
export function cidrWarnings(text: string, field: string): string[] {
  const network = parseNetwork(text);
  if (network === undefined || isStrictCidr(text).length > 0) return [];
  const canonical = formatNetwork(network);
  return network.width === 128 && canonical !== text
    ? [
      `${field}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${canonical}")`,
    ]
    : [];
}
