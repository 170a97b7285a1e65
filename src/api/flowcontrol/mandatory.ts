/**
 * The schemas and levels that every server has and nobody may change: one for the administrator, and one for what nothing else is for. As in Kubernetes.
 *
 * @module
 */
import type { FlowSchemaSpec } from "./flow_schema.ts";
import type { PolicyRulesWithSubjects } from "./flow_rule.ts";
import type { Subject } from "./flow_subject.ts";
import type { PriorityLevelConfigurationSpec } from "./priority_level_configuration.ts";

/** Groups as subjects. */
export function groupSubjects(...names: string[]): Subject[] {
  return names.map((name) => ({ kind: "Group", group: { name } }));
}

/** Whatever these subjects ask for. */
export function everythingOf(subjects: Subject[]): PolicyRulesWithSubjects {
  return {
    subjects,
    resourceRules: [{
      verbs: ["*"],
      apiGroups: ["*"],
      resources: ["*"],
      clusterScope: true,
      namespaces: ["*"],
    }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  };
}

/** Specs of FlowSchemas that may not change, by name. */
export const MANDATORY_FLOW_SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> =
  {
    "exempt": {
      priorityLevelConfiguration: { name: "exempt" },
      matchingPrecedence: 1,
      rules: [everythingOf(groupSubjects("system:masters"))],
    },
    "catch-all": {
      priorityLevelConfiguration: { name: "catch-all" },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: "ByUser" },
      rules: [
        everythingOf(
          groupSubjects("system:unauthenticated", "system:authenticated"),
        ),
      ],
    },
  };

/** Specs of PriorityLevelConfigurations that may not change, by name; what `exempt` lends may. */
export const MANDATORY_PRIORITY_LEVELS: Readonly<
  Record<string, PriorityLevelConfigurationSpec>
> = {
  "exempt": {
    type: "Exempt",
    exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
  },
  "catch-all": {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: 5,
      limitResponse: { type: "Reject" },
      lendablePercent: 0,
    },
  },
};
