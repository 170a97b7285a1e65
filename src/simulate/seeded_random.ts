/**
 * Repeatable randomness: sfc32, seeded from one number and a name, so that each part of a run has a stream of its own and one part's draws do not
 * move another's.
 *
 * @module
 */
import type { Random } from "../base/host.ts";

/** A stream of numbers that depends on seed and name only. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param name which stream of this seed */
  constructor(seed: number, name: string) {
    let hash = 2166136261 ^ seed; // FNV-1a
    for (let i = 0; i < name.length; i++) {
      hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
    }
    this.#a = seed >>> 0;
    this.#b = hash >>> 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 16; i++) this.u32(); // mix
  }

  /** 32 random bits, unsigned. */
  u32(): number {
    const t = (this.#a + this.#b | 0) + this.#counter | 0;
    this.#counter = this.#counter + 1 | 0;
    this.#a = this.#b ^ this.#b >>> 9;
    this.#b = this.#c + (this.#c << 3) | 0;
    this.#c = this.#c << 21 | this.#c >>> 11;
    this.#c = this.#c + t | 0;
    return t >>> 0;
  }

  /** A float in [0, 1). */
  float(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** A float in [from, to). */
  between(from: number, to: number): number {
    return from + this.float() * (to - from);
  }

  /** `length` bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.u32() & 0xff;
    return bytes;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const bytes = this.bytes(16);
    bytes[6] = bytes[6]! & 0x0f | 0x40;
    bytes[8] = bytes[8]! & 0x3f | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join("-");
  }
}
