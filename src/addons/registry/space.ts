/**
 * How much room contents have: what the operator gives them, and what the disk has. Some of it is left, so that the server's own data can still be
 * written when the registry is full.
 *
 * @module
 */
import type { BlobStore } from "../../base/blob_store.ts";
import { HostError } from "../../base/host.ts";
import { RegistryError } from "./registry_error.ts";

/** What is left on the disk. */
export const RESERVE_BYTES = 64 * 1024 * 1024;
/** The disk is asked after so many bytes. */
const ASK_EVERY_BYTES = 16 * 1024 * 1024;

/** See the module. */
export class Space {
  readonly #store: BlobStore;
  readonly #quotaBytes: number;
  readonly #reserveBytes: number;
  #usedBytes = 0;
  #untilAsked = 0;

  private constructor(
    store: BlobStore,
    options: { readonly quotaBytes: number; readonly reserveBytes: number },
  ) {
    this.#store = store;
    this.#quotaBytes = options.quotaBytes;
    this.#reserveBytes = options.reserveBytes;
  }

  /** Adds up what is there, when that is bounded. */
  static async measure(
    store: BlobStore,
    options: { readonly quotaBytes?: number; readonly reserveBytes?: number },
  ): Promise<Space> {
    const { quotaBytes = Infinity, reserveBytes = RESERVE_BYTES } = options;
    const space = new Space(store, { quotaBytes, reserveBytes });
    if (quotaBytes === Infinity) return space;
    for await (const { sizeBytes } of store.list()) space.give(-sizeBytes);
    for await (const { sizeBytes } of store.listUploads()) {
      space.give(-sizeBytes);
    }
    return space;
  }

  /** What is used; 0 when it is not bounded. */
  get usedBytes(): number {
    return this.#quotaBytes === Infinity ? 0 : this.#usedBytes;
  }

  /** Takes room for bytes that come. @throws {RegistryError} when there is none */
  async take(bytes: number): Promise<void> {
    if (this.#usedBytes + bytes > this.#quotaBytes) {
      throw new RegistryError(
        "DENIED",
        `The registry is full: it may hold ${this.#quotaBytes} bytes`,
      );
    }
    this.#usedBytes += bytes;
    this.#untilAsked -= bytes;
    if (this.#untilAsked >= 0) return;
    const free = await this.#store.freeBytes();
    if (free !== undefined && free - bytes < this.#reserveBytes) {
      this.#usedBytes -= bytes;
      throw diskFull();
    }
    this.#untilAsked = ASK_EVERY_BYTES;
  }

  /** Room is free again. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

/** What a client is told instead of an error of the disk; any other error is left as it is. */
export function clearly(error: unknown): unknown {
  const isFull = error instanceof HostError
    ? error.code === "no-space"
    // What the KV says has no code.
    : error instanceof Error && /disk is full/i.test(error.message);
  return isFull ? diskFull() : error;
}

/** Whether an error says that there is no room: what came is better removed. */
export function isFull(error: unknown): boolean {
  return error instanceof RegistryError &&
    (error.status === INSUFFICIENT_STORAGE || error.code === "DENIED");
}

/** HTTP's status for it (RFC 4918). */
const INSUFFICIENT_STORAGE = 507;

function diskFull(): RegistryError {
  return new RegistryError("DENIED", "The registry's disk is full", {
    status: INSUFFICIENT_STORAGE,
  });
}
