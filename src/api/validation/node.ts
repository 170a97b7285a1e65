/**
 * The rules of Nodes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import { duplicate, forbiddenField, invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Node } from "../core/node.ts";
import type { Taint } from "../core/toleration.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";
import { validateAmount } from "./resources.ts";
import { TAINT_EFFECTS } from "./scheduling.ts";
import { each, isCidr, oneOf } from "./values.ts";

function validateTaints(taints: readonly Taint[], field: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const { key, value = "", effect } = taint;
    const at = `${field}[${i}]`;
    const found = each(`${at}.key`, key, isQualifiedName(key));
    const wrong = isLabelValue(value);
    if (wrong.length > 0) {
      found.push(invalidValue(`${at}.value`, value, wrong.join(";")));
    }
    found.push(...oneOf(`${at}.effect`, effect, TAINT_EFFECTS));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const repeated = duplicate(at, taint);
      found.push({
        ...repeated,
        message:
          `${repeated.message}: taints must be unique by key and effect pair`,
      });
    }
    seen.add(pair);
    return found;
  });
}

function validateAmounts({ status }: Node): FieldError[] {
  return (["capacity", "allocatable"] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, amount]) =>
      validateAmount(name, amount, `status.${list}.${name}`)
    )
  );
}

function isDualStack([first = "", second = ""]: readonly string[]): boolean {
  return first.includes(":") !== second.includes(":");
}

/** The rules of a Node, beside those of its metadata. */
export function validateNode(node: Node): FieldError[] {
  const { podCIDRs = [], taints = [] } = node.spec;
  return [
    // The path is Kubernetes': it says "metadata" though taints are in the spec.
    ...validateTaints(taints, "metadata.taints"),
    ...validateAmounts(node),
    ...podCIDRs.flatMap((cidr, i) =>
      each(`spec.podCIDRs[${i}]`, cidr, isCidr(cidr))
    ),
    ...(podCIDRs.length > 2 || (podCIDRs.length === 2 && !isDualStack(podCIDRs))
      ? [
        invalidValue(
          "spec.podCIDRs",
          podCIDRs,
          "may specify no more than one CIDR for each IP family",
        ),
      ]
      : []),
  ];
}

/** The rules for a change of a Node. */
export function validateNodeUpdate(next: Node, previous: Node): FieldError[] {
  const found: FieldError[] = [];
  const before = previous.spec.podCIDRs ?? [];
  if (before.length > 0 && !sameJson(before, next.spec.podCIDRs ?? [])) {
    found.push(
      forbiddenField(
        "spec.podCIDRs",
        'node updates may not change podCIDR except from "" to valid',
      ),
    );
  }
  const provider = previous.spec.providerID;
  if (provider !== undefined && provider !== next.spec.providerID) {
    found.push(
      forbiddenField(
        "spec.providerID",
        'node updates may not change providerID except from "" to valid',
      ),
    );
  }
  return found;
}

/** The rules for a change of a Node's status. */
export function validateNodeStatusUpdate(next: Node): FieldError[] {
  const seen = new Set<string>();
  return [
    ...validateAmounts(next),
    ...(next.status?.addresses ?? []).flatMap((address, i) => {
      const key = `${address.type}/${address.address}`;
      if (seen.has(key)) return [duplicate(`status.addresses[${i}]`, address)];
      seen.add(key);
      return [];
    }),
  ];
}
