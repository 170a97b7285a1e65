/**
 * What the parts of a registry share.
 *
 * @module
 */
import type { BlobStore } from "../../base/blob_store.ts";
import type { Host } from "../../base/host.ts";
import type { Garbage } from "./garbage.ts";
import type { KeyedLock } from "./keyed_lock.ts";
import type { PushActivity } from "./push_activity.ts";
import type { RegistryIndex } from "./registry_index.ts";
import type { Space } from "./space.ts";
import type { TransferGate } from "./transfer_gate.ts";

/** A registry's parts. */
export interface RegistryParts {
  /** The machine, as far as a registry needs it. */
  readonly host: Pick<Host, "clock" | "crypto" | "log" | "random" | "spawn">;
  /** The contents. */
  readonly store: BlobStore;
  /** What is known of them. */
  readonly index: RegistryIndex;
  /** Keys are {@linkcode uploadKey}, {@linkcode repositoryKey} and {@linkcode contentKey}; who needs several takes them in this order. */
  readonly locks: KeyedLock;
  /** What was pushed lately. */
  readonly activity: PushActivity;
  /** How much room there is. */
  readonly space: Space;
  /** How many contents move at once. */
  readonly gate: TransferGate;
  /** Told of what may have become garbage. */
  readonly garbage: Garbage;
  /** A transfer in which nothing moves for so long is given up, in milliseconds. */
  readonly stallMs: number;
}

/** One request to a registry. Who may do what has been asked, but for what the request says besides its path. */
export interface RegistryRequest {
  /** As it came; its body is read as it is wanted. */
  readonly request: Request;
  /** Decoded; begins with `/v2`. */
  readonly path: string;
  /** Its query. */
  readonly params: URLSearchParams;
  /** Name of who asks. */
  readonly user: string;
  /** Whether who asks may do something else too. @param verb a method in lower case */
  may(verb: string, path: string): boolean;
}

/** Who has an upload open holds this, and who removes one. */
export function uploadKey(id: string): string {
  return `upload ${id}`;
}

/** Who changes what a repository has holds this. */
export function repositoryKey(repository: string): string {
  return `repository ${repository}`;
}

/** Who gives a stored content its first holder, or removes one without, holds this. */
export function contentKey(digest: string): string {
  return `content ${digest}`;
}

/** Removes a content that no repository has. @returns its size; 0 when it stays or was not there */
export async function dropUnheld(
  { locks, index, store, space }: RegistryParts,
  digest: Parameters<BlobStore["stat"]>[0],
): Promise<number> {
  return await locks.run(contentKey(digest), async () => {
    if (await index.isHeld(digest)) return 0;
    const { sizeBytes } = await store.stat(digest) ?? { sizeBytes: 0 };
    await store.delete(digest);
    space.give(sizeBytes);
    return sizeBytes;
  });
}
