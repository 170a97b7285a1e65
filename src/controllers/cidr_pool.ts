/**
 * {@linkcode CidrPool}: a network cut into equal parts.
 *
 * @module
 */

/** The parts of an IPv4 network: 10.42.0.0/16 in /24 are 256 of them. Knows which part is which, not who has it. */
export class CidrPool {
  /** How many parts there are. */
  readonly size: number;
  readonly #base: number;
  readonly #partBits: number;

  /** Nothing runs until it is asked to. @throws {RangeError} when the network is none, or too small for the parts */
  constructor(network: string, { partBits = 24 }: {
    /** Prefix length of a part. @default 24 */
    readonly partBits?: number;
  } = {}) {
    const parsed = parseCidr(network);
    if (parsed === undefined) {
      throw new RangeError(
        `Cannot use the cluster CIDR: "${network}" is no IPv4 network`,
      );
    }
    if (
      !Number.isInteger(partBits) || partBits > 30 || partBits < parsed.bits
    ) {
      throw new RangeError(
        `Cannot use the cluster CIDR: "${network}" has no parts of /${partBits}`,
      );
    }
    this.#base = parsed.address;
    this.#partBits = partBits;
    this.size = 2 ** (partBits - parsed.bits);
  }

  /** The n-th part. @throws {RangeError} when there is no such part */
  part(index: number): string {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) {
      throw new RangeError(`Cannot take part ${index} of ${this.size}`);
    }
    const address = this.#base + index * 2 ** (32 - this.#partBits);
    return `${formatAddress(address)}/${this.#partBits}`;
  }

  /** The parts that a network touches, first and last; undefined when none. */
  touched(cidr: string): { first: number; last: number } | undefined {
    const parsed = parseCidr(cidr);
    if (parsed === undefined) return undefined;
    const partSize = 2 ** (32 - this.#partBits);
    const first = Math.floor((parsed.address - this.#base) / partSize);
    const end = parsed.address + 2 ** (32 - parsed.bits) - 1;
    const last = Math.floor((end - this.#base) / partSize);
    if (last < 0 || first >= this.size) return undefined;
    return { first: Math.max(0, first), last: Math.min(last, this.size - 1) };
  }
}

function parseCidr(
  text: string,
): { address: number; bits: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if ([a, b, c, d].some((byte) => byte > 255) || bits > 32) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  // The network's own address: host bits do not count.
  return { address: address - address % 2 ** (32 - bits), bits };
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256)
    .join(".");
}
