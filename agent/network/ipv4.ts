/**
 * IPv4 addresses and ranges as numbers.
 *
 * @module
 */

/** A range of addresses: the first one, and how many there are. */
export interface Ipv4Range {
  readonly first: number;
  readonly size: number;
}

/**
 * Reads `10.42.0.0/24`.
 *
 * @throws {TypeError} when it is none, or has host bits set.
 */
export function parseCidr(text: string): Ipv4Range {
  const [address = "", prefix = ""] = text.split("/");
  const first = parseIpv4(address);
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : NaN;
  if (first === undefined || !(bits >= 0 && bits <= 32)) {
    throw new TypeError(`Can not read the address range "${text}"`);
  }
  const size = 2 ** (32 - bits);
  if (first % size !== 0) {
    throw new TypeError(
      `Can not use the address range "${text}": it does not begin at a multiple of its size`,
    );
  }
  return { first, size };
}

/** The address as a number; undefined when the text is none. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The number as `10.42.0.7`. */
export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)
    .join(".");
}
