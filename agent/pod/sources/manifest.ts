/**
 * From the text of a manifest to the static pods in it. Loaded with the first manifest: most nodes have none, and the types weigh.
 *
 * @module
 */
import { type Pod, pods } from "../../../src/api/core/pod.ts";
import { qosClass } from "../../../src/api/core/pod_resources.ts";
import { parseJson, parseYaml } from "../../../src/api/yaml_json.ts";
import { encodeHex } from "../../../src/base/bytes.ts";
import type { Cryptography } from "../../../src/base/host.ts";
import { CONFIG_HASH, CONFIG_SOURCE, type SourceName } from "./annotations.ts";
import { apiReference } from "./api_references.ts";

/** Hexadecimal digits of a static pod's UID, as many as kubelet's have. */
const UID_DIGITS = 32;
/** A UID becomes part of paths. */
const UID_PATTERN = /^[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?$/;

/** The priorities that every cluster has by name. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  "system-node-critical": 2_000_001_000,
  "system-cluster-critical": 2_000_000_000,
};

/** What is wrong with a manifest, in kubelet's words. */
export class ManifestError extends Error {
  /** `ManifestError`. */
  override readonly name = "ManifestError";
}

/** Where a manifest comes from. */
export interface ManifestOrigin {
  readonly source: SourceName;
  /** The file's path, the URL, or under which name it was put. */
  readonly where: string;
  readonly nodeName: string;
  /** Whether a list of pods will do. @default false */
  readonly lists?: boolean;
  readonly crypto: Pick<Cryptography, "sha256">;
}

/** What a manifest says. */
export interface ReadManifest {
  readonly pods: readonly Pod[];
  /** `unknown field "spec.foo"`: they do not count. */
  readonly findings: readonly string[];
}

/**
 * The static pods of a manifest, JSON or YAML: with defaults, checked by the API's rules, named for their node and with a UID that follows from what they say.
 *
 * @throws {ManifestError} that says in one line what is wrong
 */
export function readManifest(
  text: string,
  origin: ManifestOrigin,
): ReadManifest {
  const { value, duplicates } = /^\s*\{/.test(text)
    ? parseJson(text)
    : parseYaml(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ManifestError("couldn't parse as pod(Object 'Kind' is missing)");
  }
  const { apiVersion, kind, items } = value as Record<string, unknown>;
  if (typeof kind !== "string" || kind === "") {
    throw new ManifestError("couldn't parse as pod(Object 'Kind' is missing)");
  }
  const isList = kind === "PodList" || kind === "List";
  if (apiVersion !== "v1" || kind !== "Pod" && !(isList && origin.lists)) {
    throw new ManifestError(
      `invalid pod: it is a ${kind} of ${
        JSON.stringify(apiVersion ?? "")
      }, not a Pod of "v1"`,
    );
  }
  const objects = isList ? (Array.isArray(items) ? items : []) : [value];
  const findings = [...duplicates];
  const found = objects.map((object: unknown) =>
    staticPod(object, { ...origin, findings })
  );
  return { pods: found, findings };
}

function staticPod(
  value: unknown,
  origin: ManifestOrigin & { readonly findings: string[] },
): Pod {
  const decoded = pods.schema.decode({
    ...value as object,
    apiVersion: "v1",
    kind: "Pod",
  });
  const { object: pod } = decoded;
  if (!pod) throw new ManifestError(`invalid pod: ${decoded.typeError}`);
  origin.findings.push(...decoded.unknownFields);
  const metadata = pod.metadata ??= {};
  if (!metadata.name) {
    throw new ManifestError("invalid pod: name is needed for the pod");
  }
  const uid = metadata.uid || uidOf(pod, origin);
  if (!UID_PATTERN.test(uid)) {
    throw new ManifestError(
      `invalid pod: metadata.uid: Invalid value: "${uid}"`,
    );
  }
  // What only an API gives.
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.resourceVersion;
  delete metadata.generation;
  delete metadata.managedFields;
  delete metadata.ownerReferences;
  delete metadata.finalizers;
  metadata.uid = uid;
  metadata.name = `${metadata.name}-${origin.nodeName.toLowerCase()}`;
  metadata.namespace ||= "default";
  metadata.annotations = {
    ...metadata.annotations,
    [CONFIG_HASH]: uid,
    [CONFIG_SOURCE]: origin.source,
  };
  pods.setDefaults(pod);
  pod.spec.nodeName = origin.nodeName;
  if (origin.source !== "http") tolerateAll(pod);
  const priority = SYSTEM_PRIORITIES[pod.spec.priorityClassName ?? ""];
  if (priority !== undefined) pod.spec.priority ??= priority;
  pod.status = { phase: "Pending", qosClass: qosClass(pod) };
  const wrong = pods.validate(pod);
  if (wrong.length > 0) {
    const texts = wrong.map(({ field, message }) => `${field}: ${message}`);
    throw new ManifestError(`invalid pod: ${texts.join(", ")}`);
  }
  const reference = apiReference(pod);
  if (reference !== undefined) {
    throw new ManifestError(`static pods may not reference ${reference}`);
  }
  return pod;
}

/** A file's pod stays on its node whatever befalls that. */
function tolerateAll({ spec }: Pod): void {
  const all = { operator: "Exists", effect: "NoExecute" } as const;
  const isThere = (spec.tolerations ?? []).some(({ key, operator, effect }) =>
    !key && operator === all.operator && effect === all.effect
  );
  if (!isThere) spec.tolerations = [...spec.tolerations ?? [], all];
}

/** As kubelet: by what the manifest says and where it lies; by the node for what lies on it. (Its hash is of Go's structures, and so is another.) */
function uidOf(pod: Pod, { source, where, nodeName, crypto }: ManifestOrigin) {
  const place = source === "http"
    ? `url:${where}`
    : `host:${nodeName}${source === "file" ? "file" : "server"}:${where}`;
  return encodeHex(crypto.sha256(`${sortedJson(pod)}${place}`))
    .slice(0, UID_DIGITS);
}

/** The order of members says nothing. */
function sortedJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, member) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? Object.fromEntries(
          Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
        : member,
  );
}
