/**
 * The rules of storage drivers. They follow `pkg/apis/storage/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import { duplicate, invalidValue, notSupported } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { CSIDriver, TokenRequest } from "../storage/csi_driver.ts";
import { unchanged } from "./meta.ts";
import { oneOfIfSet } from "./values.ts";

const MODES = ["Persistent", "Ephemeral"];
const MIN_TOKEN_LIFE_SECONDS = 600;
const MAX_TOKEN_LIFE_SECONDS = 2 ** 32;
const MIN_UPDATE_SECONDS = 10;

function validateTokens(requests: readonly TokenRequest[]): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds }, i) => {
    const field = `spec.tokenRequests[${i}]`;
    if (audiences.has(audience)) {
      return [duplicate(`${field}.audience`, audience)];
    }
    audiences.add(audience);
    if (expirationSeconds === undefined) return [];
    const wrong = (why: string) => [
      invalidValue(`${field}.expirationSeconds`, expirationSeconds, why),
    ];
    if (expirationSeconds < MIN_TOKEN_LIFE_SECONDS) {
      return wrong("may not specify a duration less than 10 minutes");
    }
    return expirationSeconds > MAX_TOKEN_LIFE_SECONDS
      ? wrong("may not specify a duration larger than 2^32 seconds")
      : [];
  });
}

/** The rules of a CSIDriver, beside those of its metadata. */
export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const {
    nodeAllocatableUpdatePeriodSeconds: period = MIN_UPDATE_SECONDS,
    serviceAccountTokenInSecrets: inSecrets,
    tokenRequests = [],
    volumeLifecycleModes: modes = [],
  } = spec;
  return [
    ...oneOfIfSet("spec.fsGroupPolicy", spec.fsGroupPolicy, [
      "File",
      "None",
      "ReadWriteOnceWithFSType",
    ]),
    ...validateTokens(tokenRequests),
    ...modes.filter((mode) => !MODES.includes(mode)).map((mode) =>
      notSupported("spec.volumeLifecycleModes", mode, MODES)
    ),
    ...(period >= MIN_UPDATE_SECONDS ? [] : [
      invalidValue(
        "spec.nodeAllocatableUpdatePeriodSeconds",
        period,
        "must be greater than or equal to 10 seconds",
      ),
    ]),
    ...(inSecrets === undefined || tokenRequests.length > 0 ? [] : [
      invalidValue(
        "spec.serviceAccountTokenInSecrets",
        inSecrets,
        "serviceAccountTokenInSecrets is set but no tokenRequests are specified",
      ),
    ]),
  ];
}

/** What of a driver stays. */
export function validateCsiDriverUpdate(
  { spec: next }: CSIDriver,
  { spec: previous }: CSIDriver,
): FieldError[] {
  return [
    // Kubernetes spells the field like this.
    ...unchanged("spec.attachedRequired", {
      next: next.attachRequired,
      previous: previous.attachRequired,
    }),
    ...unchanged("spec.volumeLifecycleModes", {
      next: next.volumeLifecycleModes,
      previous: previous.volumeLifecycleModes,
    }),
  ];
}

/** Tokens in a volume's context may end up in logs. */
export function warnOfCsiDriver(
  next: CSIDriver,
  previous?: CSIDriver,
): string[] {
  const { tokenRequests = [], serviceAccountTokenInSecrets } = next.spec;
  const isNew = previous === undefined ||
    !sameJson(tokenRequests, previous.spec.tokenRequests ?? []);
  return isNew && tokenRequests.length > 0 &&
      serviceAccountTokenInSecrets === undefined
    ? [
      "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes",
    ]
    : [];
}
