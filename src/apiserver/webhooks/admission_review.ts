/**
 * What webhooks are told, and what they may answer: AdmissionReview.
 *
 * Follows https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/.
 *
 * @module
 */
import { decodeBase64, decodeText } from "../../base/bytes.ts";
import type { KubeObject } from "../../api/kind.ts";
import type { AnyKind } from "../../api/registry.ts";
import type { Status } from "../../api/status_object.ts";
import { ApiError } from "../../api/status.ts";
import type { AsyncAttributes } from "../admission/async_admission.ts";
import { WebhookCallError } from "./webhook_client.ts";

/** What a webhook is asked. */
export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: "AdmissionReview";
  readonly request: Readonly<Record<string, unknown>>;
}

/** A webhook's answer, checked. */
export interface AdmissionAnswer {
  readonly allowed: boolean;
  readonly result?: Status;
  readonly warnings: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Operations of a JSON patch. */
  readonly patch?: readonly unknown[];
}

/** What the object is, and which part of it the request is about. */
export interface ReviewSubject {
  /** The kind in the version that the webhook asked for. */
  readonly kind: AnyKind;
  /** What the webhook gets, when it is not the kind itself (Scale). */
  readonly shown?: {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  };
  readonly object?: KubeObject | undefined;
  readonly previous?: KubeObject | undefined;
}

const VERSIONS = ["v1", "v1beta1"];

/** The version of the review that a webhook understands. @throws {WebhookCallError} when it is none of ours */
export function reviewVersion(versions: readonly string[]): string {
  const found = versions.find((version) => VERSIONS.includes(version));
  if (found !== undefined) return `admission.k8s.io/${found}`;
  throw new WebhookCallError(
    "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)",
  );
}

/** Makes a review. */
export function reviewOf(
  attributes: AsyncAttributes,
  subject: ReviewSubject,
  { uid, apiVersion }: { readonly uid: string; readonly apiVersion: string },
): AdmissionReview {
  const { kind, operation, namespace, subresource, user, dryRun, options } =
    attributes;
  const gvk = ({ group, version, kind }: {
    group: string;
    version: string;
    kind: string;
  }) => ({ group, version, kind });
  const gvr = ({ group, version, plural }: AnyKind) => ({
    group,
    version,
    resource: plural,
  });
  const sub = subresource === "" ? {} : { subResource: subresource };
  return {
    kind: "AdmissionReview",
    apiVersion,
    request: {
      uid,
      kind: gvk(subject.shown ?? subject.kind),
      resource: gvr(subject.kind),
      ...sub,
      requestKind: gvk(subject.shown ?? kind),
      requestResource: gvr(kind),
      ...(subresource === "" ? {} : { requestSubResource: subresource }),
      name: nameOf(attributes),
      ...(namespace === "" ? {} : { namespace }),
      operation,
      userInfo: {
        username: user.name,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        groups: user.groups,
        ...(user.extra === undefined ? {} : { extra: user.extra }),
      },
      object: subject.object ?? null,
      oldObject: subject.previous ?? null,
      dryRun,
      options: Object.keys(options).length === 0 ? null : options,
    },
  };
}

/** A name that the server still has to make up is not told. */
function nameOf({ name, object, operation }: AsyncAttributes): string {
  const generated = operation === "CREATE" &&
    object?.metadata.generateName === name && name !== "";
  return generated ? "" : name;
}

type Answer = Record<string, unknown>;

function isObject(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks an answer. @throws {WebhookCallError} in Kubernetes' words */
export function readAnswer(
  value: unknown,
  expected: { readonly review: AdmissionReview; readonly mutating: boolean },
): AdmissionAnswer {
  const invalid = (why: string) =>
    new WebhookCallError(`received invalid webhook response: ${why}`);
  const review = isObject(value) ? value : {};
  const response = review["response"];
  if (!isObject(response)) throw invalid("webhook response was absent");
  const { apiVersion, request } = expected.review;
  const strict = apiVersion.endsWith("/v1");
  if (strict && response["uid"] !== request["uid"]) {
    throw invalid(
      `expected response.uid=${JSON.stringify(request["uid"])}, got ${
        JSON.stringify(response["uid"] ?? "")
      }`,
    );
  }
  if (
    strict &&
    (review["apiVersion"] !== apiVersion ||
      review["kind"] !== "AdmissionReview")
  ) {
    throw invalid(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${
        String(review["apiVersion"] ?? "")
      }, Kind=${String(review["kind"] ?? "")}`,
    );
  }
  const patch = readPatch(response, { ...expected, strict, invalid });
  const warnings = response["warnings"];
  const annotations = response["auditAnnotations"];
  const result = response["status"];
  return {
    allowed: response["allowed"] === true,
    ...(isObject(result) ? { result: result as unknown as Status } : {}),
    warnings: Array.isArray(warnings)
      ? warnings.filter((text) => typeof text === "string")
      : [],
    annotations: isObject(annotations)
      ? annotations as Record<string, string>
      : {},
    ...(patch === undefined ? {} : { patch }),
  };
}

function readPatch(
  response: Answer,
  { mutating, strict, invalid }: {
    mutating: boolean;
    strict: boolean;
    invalid(why: string): Error;
  },
): readonly unknown[] | undefined {
  const { patch = "", patchType } = response;
  if (!mutating) {
    if (patch !== "" && patch !== null) {
      throw invalid("validating webhook may not return response.patch");
    }
    if (patchType !== undefined && patchType !== null) {
      throw invalid("validating webhook may not return response.patchType");
    }
    return undefined;
  }
  const hasType = patchType !== undefined && patchType !== null;
  const hasPatch = patch !== "" && patch !== null;
  if (strict && hasPatch && !hasType) {
    throw invalid(
      "webhook returned response.patch but not response.patchType",
    );
  }
  if (strict && !hasPatch && hasType) {
    throw invalid(
      "webhook returned response.patchType but not response.patch",
    );
  }
  if (!hasPatch) return undefined;
  if (hasType && patchType !== "JSONPatch") {
    throw new WebhookCallError(
      `unsupported patch type ${JSON.stringify(patchType)}`,
    );
  }
  try {
    const operations: unknown = JSON.parse(
      decodeText(decodeBase64(String(patch))),
    );
    if (Array.isArray(operations)) return operations;
  } catch {
    // told below
  }
  throw new WebhookCallError(
    "received undecodable patch in webhook response: the patch is no list of operations",
  );
}

/** The refusal of a webhook, as the client gets it. */
export function denial(name: string, result: Partial<Status> = {}): ApiError {
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const message = result.message || result.reason;
  const code = result.code ?? 0;
  return new ApiError({
    ...result,
    kind: "Status",
    apiVersion: "v1",
    metadata: result.metadata ?? {},
    status: "Failure",
    message: message ? `${by}: ${message}` : `${by} without explanation`,
    code: code < 400 ? 400 : code,
  });
}
