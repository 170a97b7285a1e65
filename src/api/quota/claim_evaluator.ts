/**
 * Counts PersistentVolumeClaims and the storage that they ask for, in all and by storage class.
 *
 * @module
 */
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import { compareQuantities, wholeUnits } from "../quantity.ts";
import { parseQuantity } from "../quantity.ts";
import type { Quantity, ResourceList } from "../schema/words.ts";
import { classOf } from "../volumes/claim_words.ts";
import type { Evaluator } from "./evaluator.ts";
import { matchesValue } from "./scopes.ts";

const COUNT = "count/persistentvolumeclaims";
const CLAIMS = "persistentvolumeclaims";
const STORAGE = "requests.storage";
const BY_CLASS = ".storageclass.storage.k8s.io/";

/** Counts claims. */
export const claimEvaluator: Evaluator<PersistentVolumeClaim> = {
  counts: (name) =>
    [COUNT, CLAIMS, STORAGE].includes(name) ||
    name.endsWith(BY_CLASS + CLAIMS) || name.endsWith(BY_CLASS + STORAGE),
  usage(claim) {
    const used: ResourceList = { [COUNT]: "1", [CLAIMS]: "1" };
    const storageClass = classOf(claim);
    const storage = storageOf(claim);
    if (storage !== undefined) used[STORAGE] = storage;
    if (storageClass !== "") {
      used[storageClass + BY_CLASS + CLAIMS] = "1";
      if (storage !== undefined) {
        used[storageClass + BY_CLASS + STORAGE] = storage;
      }
    }
    return used;
  },
  inScope(claim, scope) {
    if (scope.scopeName !== "VolumeAttributesClass") return false;
    const names = attributeClassesOf(claim);
    return names.length === 0
      ? matchesValue(scope, undefined)
      : names.some((name) => matchesValue(scope, name));
  },
  limits: ({ subresource }) => subresource === "",
};

/** Bytes are counted whole, and what is being made for a claim counts when it is more than is asked for. */
function storageOf(
  { spec, status }: PersistentVolumeClaim,
): Quantity | undefined {
  const asked = spec.resources?.requests?.["storage"];
  if (asked === undefined) return undefined;
  const allocated = status?.allocatedResources?.["storage"];
  const larger = allocated !== undefined &&
      compareQuantities(allocated, asked) > 0
    ? allocated
    : asked;
  return parseQuantity(larger).nano % 1_000_000_000n === 0n
    ? larger
    : String(wholeUnits(larger));
}

function attributeClassesOf(
  { spec, status }: PersistentVolumeClaim,
): string[] {
  return [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => name !== undefined && name !== "");
}
