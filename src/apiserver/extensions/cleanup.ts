/**
 * Removes the objects of a kind whose definition is being deleted, and then lets go of the definition.
 *
 * @module
 */
import {
  CUSTOM_RESOURCE_CLEANUP,
  type CustomResourceDefinition,
  hasCondition,
} from "../../api/apiextensions/custom_resource_definition.ts";
import {
  type CustomKind,
  customKind,
  customSchema,
} from "../../api/apiextensions/custom_kind.ts";
import { storageVersion } from "../../api/apiextensions/custom_resource_definition_spec.ts";
import type { KubeObject, StoredForm } from "../../api/kind.ts";
import { isApiError } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import type { Key } from "../../store/store.ts";
import { NO_ASYNC_ADMISSION } from "../admission/async_admission.ts";
import type { User } from "../auth/user.ts";
import type { ApiServer } from "../call.ts";
import { deleteObject } from "../delete_object.ts";
import { nameOfKey } from "../keys.ts";
import { withCondition } from "./definition_status.ts";

/** What {@linkcode removeObjects} needs. */
export interface CleanUp {
  readonly user: User;
  readonly signal: AbortSignal;
  readonly definition: CustomResourceDefinition;
  /** Where the objects lie. */
  readonly prefix: Key;
  /** Changes the definition. */
  modify(
    change: (current: CustomResourceDefinition) => CustomResourceDefinition,
  ): Promise<unknown>;
}

/** Deletes all objects, waits until they are gone (they may have finalizers), and takes the finalizer from the definition. */
export async function removeObjects(
  api: ApiServer,
  cleanUp: CleanUp,
): Promise<void> {
  const { definition, modify } = cleanUp;
  const time = () => formatTime(api.host.clock.now());
  const terminating = (
    current: CustomResourceDefinition,
    status: "True" | "False",
    [reason, message]: readonly [string, string],
  ): CustomResourceDefinition => ({
    ...current,
    status: withCondition(
      current.status ?? {},
      { type: "Terminating", status, reason, message },
      time(),
    ),
  });
  let result: readonly [string, string] = [
    "NeverEstablished",
    "resource was never established",
  ];
  if (hasCondition(definition, "Established")) {
    await modify((current) =>
      terminating(current, "True", [
        "InstanceDeletionInProgress",
        "CustomResource deletion is in progress",
      ])
    );
    await removeAll(api, cleanUp);
    result = ["InstanceDeletionCompleted", "removed all instances"];
  }
  await modify((current) => {
    const next = terminating(current, "False", result);
    const finalizers = (next.metadata.finalizers ?? []).filter((name) =>
      name !== CUSTOM_RESOURCE_CLEANUP
    );
    const { finalizers: _old, ...metadata } = next.metadata;
    return {
      ...next,
      metadata: finalizers.length === 0
        ? metadata
        : { ...metadata, finalizers },
    };
  });
}

async function removeAll(
  api: ApiServer,
  { prefix, definition, user, signal }: CleanUp,
): Promise<void> {
  // As in Kubernetes, nobody outside is asked: a webhook must not keep a kind alive.
  const own: ApiServer = { ...api, asyncAdmission: NO_ASYNC_ADMISSION };
  const kind = rawKind(definition);
  for (;;) {
    signal.throwIfAborted();
    const { rows, revision } = api.store.list(prefix);
    if (rows.length === 0) return;
    await Promise.all(rows.map(async ({ key }) => {
      const { namespace, name } = nameOfKey(kind, key);
      const write = { kind, namespace, user, dryRun: false, warnings: [] };
      try {
        await deleteObject(own, write, { name, params: { dryRun: false } });
      } catch (error) {
        if (!isApiError(error, "NotFound")) throw error;
      }
    }));
    const left = api.store.list(prefix);
    if (left.rows.length === 0) return;
    using watcher = api.store.watch(prefix, { after: revision });
    const close = () => watcher.close();
    signal.addEventListener("abort", close, { once: true });
    await watcher.read();
    // Deletions that change nothing make no event: the next round waits for one that does.
    if (api.store.list(prefix).rows.length === left.rows.length) {
      await watcher.read();
    }
    signal.removeEventListener("abort", close);
  }
}

/** Objects stay as they lie in the store: their end must not need a conversion, nor a version that is served. */
const AS_STORED: StoredForm<KubeObject> = {
  form: "stored",
  of: (object) => object,
  read: (text) => JSON.parse(text),
  write: (object) => object,
  show: (text) => text,
  prepare: () => undefined,
};

function rawKind(definition: CustomResourceDefinition): CustomKind {
  const version = storageVersion(definition.spec)!;
  return customKind(definition, version, {
    names: definition.status?.acceptedNames ?? definition.spec.names,
    schema: customSchema(definition, version),
    stored: AS_STORED,
  });
}
