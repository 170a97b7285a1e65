/**
 * Whether a pod fits this node: system, labels, taints, room and ports.
 *
 * @module
 */
import { hostPortsOf, portsClash } from "../../../src/api/core/host_ports.ts";
import type { Node } from "../../../src/api/core/node.ts";
import { meetsNodeSelector } from "../../../src/api/core/node_selector.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import { tolerates } from "../../../src/api/core/tolerates.ts";
import {
  type AdmitResult,
  ADMITTED,
  type PodAdmitHandler,
  type Refusal,
} from "./handler.ts";
import { isCritical, isStatic } from "../../container/critical_pod.ts";
import { podsToPreempt } from "./preemption.ts";
import { Room, type Shortage } from "./room.ts";

/** This node as pods meet it. */
export interface NodeFace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: NonNullable<Node["spec"]["taints"]>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Whether the container runtime can do `supplementalGroupsPolicy: Strict`. */
  readonly hasStrictGroups: boolean;
}

/** The one system that this agent runs on. */
const OS = "linux";
const OS_LABEL = "kubernetes.io/os";

/** A rule that is not about room. */
type Broken = readonly [rule: string, text: string];

/** Checks what the scheduler checks, for pods that came without it or whose node has changed since. */
export class NodeFitAdmission implements PodAdmitHandler {
  readonly #node: () => NodeFace;
  readonly #room = new Room();

  /** @param node as it is now */
  constructor(node: () => NodeFace) {
    this.#node = node;
  }

  /** @inheritDoc */
  admit(pod: Pod, others: readonly Pod[]): AdmitResult {
    const node = this.#node();
    const problem = systemProblem(pod, node);
    if (problem) return problem;
    const short = this.#room.shortages(pod, {
      others,
      allocatable: node.allocatable,
    });
    const broken = brokenRules(pod, { node, others });
    if (short.length === 0 && broken.length === 0) return ADMITTED;
    if (isCritical(pod)) {
      // Nothing is gained by making room where the pod may not run anyway.
      if (broken[0]) return ruleRefusal(broken);
      return this.#preempt(pod, { others, short });
    }
    return short[0] ? roomRefusal(short[0]) : ruleRefusal(broken);
  }

  #preempt(
    pod: Pod,
    { others, short }: {
      others: readonly Pod[];
      short: readonly Shortage[];
    },
  ): AdmitResult {
    const found = podsToPreempt(pod, { others, short, room: this.#room });
    if (typeof found !== "string") return { admitted: true, preempts: found };
    return {
      admitted: false,
      reason: "UnexpectedAdmissionError",
      message:
        `Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: ${found}`,
    };
  }
}

function systemProblem(
  { metadata, spec }: Pod,
  node: NodeFace,
): Refusal | undefined {
  const label = metadata.labels?.[OS_LABEL];
  if (label !== undefined && label !== OS) {
    return {
      admitted: false,
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message:
        "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  }
  if (spec.os && spec.os.name !== OS) {
    return {
      admitted: false,
      reason: "PodOSNotSupported",
      message: "Failed to admit pod as the OS field doesn't match node OS",
    };
  }
  const policy = spec.securityContext?.supplementalGroupsPolicy;
  if (policy === "Strict" && !node.hasStrictGroups) {
    return {
      admitted: false,
      reason: "SupplementalGroupsPolicyNotSupported",
      message: "SupplementalGroupsPolicy=Strict is not supported in this node",
    };
  }
  return undefined;
}

function brokenRules(
  pod: Pod,
  { node, others }: { node: NodeFace; others: readonly Pod[] },
): Broken[] {
  const broken: Broken[] = [];
  if (!meetsAffinity(pod, node)) {
    broken.push([
      "NodeAffinity",
      "node(s) didn't match Pod's node affinity/selector",
    ]);
  }
  if (pod.spec.nodeName && pod.spec.nodeName !== node.name) {
    broken.push(["NodeName", "node(s) didn't match the requested node name"]);
  }
  const wanted = hostPortsOf(pod);
  const clashes = wanted.length > 0 &&
    others.some((other) =>
      hostPortsOf(other).some((taken) =>
        wanted.some((port) => portsClash(port, taken))
      )
    );
  if (clashes) {
    broken.push([
      "NodePorts",
      "node(s) didn't have free ports for the requested pod ports",
    ]);
  }
  const repelled = !isStatic(pod) &&
    node.taints.some((taint) =>
      taint.effect === "NoExecute" && !tolerates(pod.spec.tolerations, taint)
    );
  if (repelled) {
    broken.push([
      "TaintToleration",
      "node(s) had taints that the pod didn't tolerate",
    ]);
  }
  return broken;
}

function meetsAffinity({ spec }: Pod, node: NodeFace): boolean {
  const required = spec.affinity?.nodeAffinity
    ?.requiredDuringSchedulingIgnoredDuringExecution;
  return Object.entries(spec.nodeSelector ?? {}).every(([key, value]) =>
    node.labels[key] === value
  ) && (required === undefined || meetsNodeSelector(required, node));
}

function ruleRefusal(broken: readonly Broken[]): Refusal {
  const [rule, text] = broken[0]!;
  return {
    admitted: false,
    reason: rule,
    message: `Predicate ${rule} failed: ${text}`,
    ...(broken.every(([name]) => name === "NodeAffinity") &&
      { staleNode: true }),
  };
}

function roomRefusal(short: Shortage): Refusal {
  const { resource, requested, used, capacity } = short;
  return {
    admitted: false,
    reason: `OutOf${resource}`,
    message:
      `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}
