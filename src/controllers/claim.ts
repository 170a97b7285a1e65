/**
 * {@linkcode claim}: takes orphans that the selector meets, lets go of what it no longer meets.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";
import { ApiError, isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import { controllerOf, controllerReference } from "../loop/owners.ts";

/** Who claims, and how. */
export interface Claimant<T extends KubeObject> {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** Who claims. */
  readonly owner: KubeObject;
  /** What kind of object the owner is. */
  readonly ownerResource: Resource;
  /** What kind of objects are claimed. */
  readonly resource: Resource<T>;
  /** Whether the owner's selector meets an object. */
  matches(object: T): boolean;
  /** Ends the work when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Answers those candidates that belong to the owner, after writing what has to change in their owner references. An object that is being deleted is
 * neither adopted nor released, nor does an owner that is being deleted adopt.
 *
 * @throws {ApiError} when the owner is gone or is another one by now
 */
export async function claim<T extends KubeObject>(
  claimant: Claimant<T>,
  candidates: Iterable<T>,
): Promise<T[]> {
  const claimed: T[] = [];
  const uid = claimant.owner.metadata.uid;
  let mayAdopt: Promise<boolean> | undefined;
  for (const object of candidates) {
    const controller = controllerOf(object);
    if (controller !== undefined) {
      if (controller.uid !== uid) continue;
      if (claimant.matches(object)) claimed.push(object);
      else if (claimant.owner.metadata.deletionTimestamp === undefined) {
        await release(claimant, object);
      }
      continue;
    }
    if (
      claimant.owner.metadata.deletionTimestamp !== undefined ||
      object.metadata.deletionTimestamp !== undefined ||
      !claimant.matches(object)
    ) continue;
    mayAdopt ??= ownerStands(claimant);
    if (await mayAdopt && await adopt(claimant, object)) claimed.push(object);
  }
  return claimed;
}

/** The cache may be behind: an owner that is deleted by now must not adopt, or the garbage collector would delete what it took. */
async function ownerStands<T extends KubeObject>(
  { client, owner, ownerResource, signal }: Claimant<T>,
): Promise<boolean> {
  const live = await client.get(ownerResource, nameOf(owner), signal);
  return live.metadata.uid === owner.metadata.uid &&
    live.metadata.deletionTimestamp === undefined;
}

async function adopt<T extends KubeObject>(
  { client, owner, ownerResource, resource, signal }: Claimant<T>,
  object: T,
): Promise<boolean> {
  try {
    await client.patch(resource, nameOf(object), {
      type: "strategic",
      body: {
        metadata: {
          uid: object.metadata.uid,
          ownerReferences: [controllerReference(owner, ownerResource)],
        },
      },
      signal,
    });
    return true;
  } catch (error) {
    if (isApiError(error, "NotFound")) return false;
    throw error;
  }
}

async function release<T extends KubeObject>(
  { client, owner, resource, signal }: Claimant<T>,
  object: T,
): Promise<void> {
  try {
    await client.patch(resource, nameOf(object), {
      type: "strategic",
      body: {
        metadata: {
          uid: object.metadata.uid,
          ownerReferences: [{ $patch: "delete", uid: owner.metadata.uid }],
        },
      },
      signal,
    });
  } catch (error) {
    // Gone, or no longer ours (the patch then does not fit): either way there is nothing left to release.
    if (error instanceof ApiError && [404, 422].includes(error.code)) return;
    throw error;
  }
}

function nameOf({ metadata }: KubeObject): { name: string; namespace: string } {
  return { name: metadata.name ?? "", namespace: metadata.namespace ?? "" };
}
