/**
 * Makes a new object.
 *
 * @module
 */
import { alreadyExists, ApiError, invalid } from "../api/status.ts";
import type { KubeObject } from "../api/kind.ts";
import { assertNamespaceOpen } from "./admission/namespace_lifecycle.ts";
import type { ApiServer } from "./call.ts";
import { namespaceKey, objectKey } from "./keys.ts";
import {
  encodeObject,
  generateName,
  prepareMetadataForCreate,
} from "./metadata.ts";
import {
  hooksOf,
  refusals,
  runWrite,
  strategyContext,
  valueOf,
  type Write,
} from "./write.ts";

/** How often a generated name that is taken is drawn again. */
const GENERATE_ATTEMPTS = 8;

/**
 * Creates an object that has been decoded. The object is changed in place.
 *
 * @returns the object as stored
 * @throws {ApiError} 404 and 403 for its namespace, 409, 422, and what admission refuses
 */
export async function createObject<T extends KubeObject>(
  api: ApiServer,
  write: Write<T>,
  object: T,
): Promise<string> {
  const { kind } = write;
  const meta = object.metadata;
  const generate = !meta.name && meta.generateName !== undefined &&
    meta.generateName !== "";
  if (generate) meta.name = generateName(meta.generateName!, api.host);
  prepareMetadataForCreate(meta, api.host);
  const attributes = {
    operation: "CREATE",
    kind,
    namespace: write.namespace,
    name: meta.name ?? "",
    subresource: "",
    user: write.user,
    object,
    dryRun: write.dryRun,
    warnings: write.warnings,
  } as const;
  // Parts that change objects speak of them by the name that the client gave.
  api.admission.mutate(
    generate ? { ...attributes, name: meta.generateName! } : attributes,
  );
  kind.prepareForCreate(object, strategyContext(api, write));
  const errors = refusals(api, kind.validate(object));
  if (errors.length > 0) throw invalid(kind, meta.name ?? "", errors);
  api.admission.validate(attributes);
  for (const warning of kind.warnings?.(object) ?? []) {
    write.warnings.push(warning);
  }
  for (let attempt = 1;; attempt++) {
    try {
      return await insert(api, write, object);
    } catch (error) {
      const taken = error instanceof ApiError &&
        error.status.reason === "AlreadyExists";
      if (!generate || !taken || attempt >= GENERATE_ATTEMPTS) throw error;
      meta.name = generateName(meta.generateName!, api.host);
    }
  }
}

function insert<T extends KubeObject>(
  api: ApiServer,
  write: Write<T>,
  object: T,
): Promise<string> {
  const { kind, namespace } = write;
  const name = object.metadata.name!;
  const key = objectKey(kind, { namespace, name });
  const hooks = hooksOf(api, kind);
  const inNamespace = kind.namespaced ? namespaceKey(namespace) : undefined;
  const volatile = hooks.volatile?.(object) ?? false;
  return runWrite<T, string>(api, {
    target: {
      operation: "CREATE",
      kind,
      namespace,
      name,
      subresource: "",
      user: write.user,
      dryRun: write.dryRun,
    },
    hooks,
    keys: inNamespace === undefined ? [key] : [key, inNamespace],
    dryRun: write.dryRun,
    volatile,
    expect: () => ({ next: object }),
    run(transaction, plan) {
      if (inNamespace !== undefined) {
        assertNamespaceOpen(transaction.get(inNamespace), {
          kind,
          namespace,
          name,
        });
      }
      if (transaction.get(key) !== undefined) throw alreadyExists(kind, name);
      const next = hooks.plan === undefined ? object : structuredClone(object);
      plan.apply(transaction, { next });
      if (write.dryRun) {
        encodeObject(next, 0);
        delete next.metadata.resourceVersion;
        return JSON.stringify(next);
      }
      return transaction.put(key, valueOf(kind, next), { volatile }).text;
    },
  });
}
