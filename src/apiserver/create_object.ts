/**
 * Makes a new object.
 *
 * @module
 */
import {
  alreadyExists,
  ApiError,
  generateNameConflict,
  invalid,
} from "../api/status.ts";
import type { KubeObject } from "../api/kind.ts";
import type { AdmissionTarget } from "./admission/admission.ts";
import { assertNamespaceOpen } from "./admission/namespace_lifecycle.ts";
import type { ApiServer } from "./call.ts";
import { namespaceKey, objectKey } from "./keys.ts";
import { mutateOutside } from "./mutate_outside.ts";
import {
  encodeObject,
  generateName,
  prepareMetadataForCreate,
} from "./metadata.ts";
import {
  hooksOf,
  listenersOf,
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
  trackFields(api, write, object);
  if (generate) meta.name = generateName(meta.generateName!, api.host);
  prepareMetadataForCreate(meta, api.host);
  const target: AdmissionTarget = {
    operation: "CREATE",
    kind,
    namespace: write.namespace,
    name: meta.name ?? "",
    subresource: "",
    user: write.user,
    dryRun: write.dryRun,
  };
  // Parts that change objects speak of them by the name that the client gave.
  const asked = generate ? { ...target, name: meta.generateName! } : target;
  const { warnings } = write;
  api.admission.mutate({ ...asked, object, ...listenersOf(write) });
  if (!api.asyncAdmission.concerns(asked)) {
    finish(api, { write, target, object });
    return await insertNamed(api, { write, object, generate });
  }
  const { options = {} } = write;
  const changed = await mutateOutside(api, {
    write,
    object,
    attributes: { ...asked, object, warnings, options },
  });
  finish(api, { write, target, object: changed });
  await api.asyncAdmission.validate({
    ...target,
    object: changed,
    warnings,
    options,
  });
  return await insertNamed(api, { write, object: changed, generate });
}

function trackFields<T extends KubeObject>(
  api: ApiServer,
  write: Write<T>,
  object: T,
): void {
  const { metadata } = object;
  const volatile = hooksOf(api, write.kind).volatile?.(object) === true;
  const fields = volatile ? undefined : write.fields?.track(object, undefined);
  if (fields === undefined) delete metadata.managedFields;
  else metadata.managedFields = fields;
}

/** What follows when nobody changes the object any more. */
function finish<T extends KubeObject>(
  api: ApiServer,
  { write, target, object }: {
    write: Write<T>;
    target: AdmissionTarget;
    object: T;
  },
): void {
  const { kind, warnings } = write;
  kind.prepareForCreate(object, strategyContext(api, write));
  const errors = refusals(api, kind.validate(object));
  if (errors.length > 0) {
    throw invalid(kind, object.metadata.name ?? "", errors);
  }
  api.admission.validate({ ...target, object, ...listenersOf(write) });
  for (const text of kind.warnings?.(object) ?? []) warnings.push(text);
}

async function insertNamed<T extends KubeObject>(
  api: ApiServer,
  { write, object, generate }: {
    write: Write<T>;
    object: T;
    generate: boolean;
  },
): Promise<string> {
  const meta = object.metadata;
  for (let attempt = 1;; attempt++) {
    try {
      return await insert(api, write, object);
    } catch (error) {
      const taken = error instanceof ApiError &&
        error.status.reason === "AlreadyExists";
      if (!generate || !taken) throw error;
      if (attempt >= GENERATE_ATTEMPTS) {
        throw generateNameConflict(write.kind, meta.name!);
      }
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
