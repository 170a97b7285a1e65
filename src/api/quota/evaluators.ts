/**
 * Which evaluator counts which kind.
 *
 * @module
 */
import type { KubeObject } from "../kind.ts";
import { claimEvaluator } from "./claim_evaluator.ts";
import { countEvaluator } from "./count_evaluator.ts";
import { deviceClaimEvaluator } from "./device_claim_evaluator.ts";
import type { Evaluator } from "./evaluator.ts";
import { podEvaluator } from "./pod_evaluator.ts";
import { serviceEvaluator } from "./service_evaluator.ts";

/** Never counted: they come and go, or are not stored. */
const IGNORED: ReadonlySet<string> = new Set([
  "events",
  "bindings",
  "componentstatuses",
]);

/** What identifies a resource to a quota. */
export interface Countable {
  /** "" is the core group. */
  readonly group: string;
  /** For example `pods`. */
  readonly plural: string;
  /** Only what is in a namespace can be counted. */
  readonly namespaced: boolean;
}

/** The evaluators of one server or controller; those of kinds that only count objects are made when they are asked for. */
export class Evaluators {
  readonly #byResource = new Map<string, Evaluator>([
    ["pods", podEvaluator as Evaluator<KubeObject>],
    ["services", serviceEvaluator as Evaluator<KubeObject>],
    [
      "resourceclaims.resource.k8s.io",
      deviceClaimEvaluator as Evaluator<KubeObject>,
    ],
    ["persistentvolumeclaims", claimEvaluator as Evaluator<KubeObject>],
  ]);

  /** Who counts a resource; undefined when nobody does. */
  of(resource: Countable): Evaluator | undefined {
    const { group, plural, namespaced } = resource;
    if (!namespaced || isIgnored(group, plural)) return undefined;
    const name = group === "" ? plural : `${plural}.${group}`;
    let evaluator = this.#byResource.get(name);
    if (evaluator === undefined) {
      evaluator = countEvaluator(resource);
      this.#byResource.set(name, evaluator);
    }
    return evaluator;
  }
}

function isIgnored(group: string, plural: string): boolean {
  return group === "" && IGNORED.has(plural) ||
    group === "events.k8s.io" || group === "authentication.k8s.io" ||
    group === "authorization.k8s.io";
}
