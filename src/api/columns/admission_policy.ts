/**
 * The columns of admission policies and of what binds them.
 *
 * @module
 */
import type {
  ParamKind,
  ParamRef,
} from "../admissionregistration/policy_match.ts";
import type { Column, KubeObject } from "../kind.ts";
import { formatLabelSelector } from "../selector.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

interface Policy extends KubeObject {
  spec: { paramKind?: ParamKind };
}

/** Columns of a kind of policies; `count` is of its rules, which are called by the name of their column. */
export function policyColumns<T extends Policy>(
  name: string,
  count: (object: T) => number,
): Column<T>[] {
  return [
    nameColumn(),
    column(name, count, { type: "integer", description: "How many it has" }),
    column(
      "ParamKind",
      ({ spec: { paramKind: kind } }) =>
        kind === undefined
          ? "<unset>"
          : `${kind.apiVersion ?? ""}/${kind.kind ?? ""}`,
      { description: "The kind of objects that it takes parameters from" },
    ),
    ageColumn(),
  ];
}

function refText(ref: ParamRef | undefined): string {
  if (ref === undefined) return "<unset>";
  const { name = "", namespace = "*", selector } = ref;
  if (name !== "") return `${namespace}/${name}`;
  return selector === undefined ? "<unset>" : formatLabelSelector(selector);
}

interface Binding extends KubeObject {
  spec: { policyName?: string; paramRef?: ParamRef };
}

/** Columns of a kind of bindings. */
export function policyBindingColumns<T extends Binding>(): Column<T>[] {
  return [
    nameColumn(),
    column("PolicyName", ({ spec }) => spec.policyName ?? "", {
      description: "The policy",
    }),
    column("ParamRef", ({ spec }) => refText(spec.paramRef), {
      description: "The objects that it takes parameters from",
    }),
    ageColumn(),
  ];
}
