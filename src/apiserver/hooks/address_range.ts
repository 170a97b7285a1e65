/**
 * A range of IPv4 addresses.
 *
 * @module
 */

/** An IPv4 network such as 10.43.0.0/16. */
export class AddressRange {
  /** As it is written. */
  readonly cidr: string;
  readonly #base: number;
  readonly #size: number;

  /** @throws {Error} when the text is no IPv4 network */
  constructor(cidr: string) {
    this.cidr = cidr;
    const [address = "", bits = ""] = cidr.split("/");
    const base = toNumber(address);
    const prefix = Number(bits);
    if (base === undefined || !/^[0-9]{1,2}$/.test(bits) || prefix > 30) {
      throw new Error(`Cannot use the network: "${cidr}" is no IPv4 network`);
    }
    this.#size = 2 ** (32 - prefix);
    this.#base = base - base % this.#size;
  }

  /** How many addresses can be given out; the first and the last are not. */
  get usable(): number {
    return this.#size - 2;
  }

  /** The usable address at an index from 0. */
  at(index: number): string {
    return toText(this.#base + 1 + index);
  }

  /** Whether an address is a usable one of this range. */
  has(address: string): boolean {
    const number = toNumber(address);
    if (number === undefined) return false;
    const index = number - this.#base - 1;
    return index >= 0 && index < this.usable;
  }
}

function toNumber(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) {
      return undefined;
    }
    number = number * 256 + Number(part);
  }
  return number;
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256)
    .join(".");
}
