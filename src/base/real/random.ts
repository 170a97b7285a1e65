/**
 * The machine's own randomness.
 *
 * @module
 */
import type { Random } from "../host.ts";

/** `crypto.getRandomValues` takes no more at once. */
const MAX_CHUNK_BYTES = 65_536;

/** The real {@linkcode Random}; cryptographically strong. */
export class RealRandom implements Random {
  float(): number {
    return Math.random();
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += MAX_CHUNK_BYTES) {
      crypto.getRandomValues(bytes.subarray(at, at + MAX_CHUNK_BYTES));
    }
    return bytes;
  }

  uuid(): string {
    return crypto.randomUUID();
  }
}
