/**
 * Node selectors met with nodes.
 *
 * @module
 */
import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
} from "./affinity.ts";

/** What a selector looks at. */
export interface SelectedNode {
  /** Its name, for `matchFields`. */
  readonly name: string;
  /** Its labels. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether one of the terms is met. */
export function meetsNodeSelector(
  selector: NodeSelector,
  node: SelectedNode,
): boolean {
  return selector.nodeSelectorTerms.some((term) => meetsTerm(term, node));
}

/** Whether all requirements of a term are met. A term without any is met by no node. */
export function meetsTerm(term: NodeSelectorTerm, node: SelectedNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return matchExpressions.every((requirement) =>
    meets(requirement, node.labels[requirement.key])
  ) && matchFields.every((requirement) =>
    requirement.key === "metadata.name" && meets(requirement, node.name)
  );
}

function meets(
  { operator, values = [] }: NodeSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const [bound] = values;
      const integer = /^-?\d+$/;
      if (
        value === undefined || bound === undefined || !integer.test(value) ||
        !integer.test(bound)
      ) return false;
      return operator === "Gt"
        ? Number(value) > Number(bound)
        : Number(value) < Number(bound);
    }
    default:
      return false;
  }
}
