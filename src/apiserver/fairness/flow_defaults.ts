/**
 * The FlowSchemas and priority levels that every cluster has from its first start: Kubernetes' own.
 *
 * @see {@link https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#defaults}
 * @module
 */
import {
  everythingOf,
  groupSubjects,
  MANDATORY_FLOW_SCHEMAS,
  MANDATORY_PRIORITY_LEVELS,
} from "../../api/flowcontrol/mandatory.ts";
import type { PolicyRulesWithSubjects } from "../../api/flowcontrol/flow_rule.ts";
import type { FlowSchema } from "../../api/flowcontrol/flow_schema.ts";
import type { Subject } from "../../api/flowcontrol/flow_subject.ts";
import type { PriorityLevelConfiguration } from "../../api/flowcontrol/priority_level_configuration.ts";
import { AUTHENTICATED_GROUP, NODES_GROUP } from "../auth/user.ts";

const API_VERSION = "flowcontrol.apiserver.k8s.io/v1";
/** Whether the server keeps an object as it is here; set to `false` by who wants another one. */
export const AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";
const ALL = ["*"];

const user = (name: string): Subject => ({ kind: "User", user: { name } });
const systemAccounts: Subject = {
  kind: "ServiceAccount",
  serviceAccount: { name: "*", namespace: "kube-system" },
};
const everybody = groupSubjects("system:unauthenticated", AUTHENTICATED_GROUP);

function schema(
  name: string,
  level: string,
  options: {
    readonly precedence: number;
    /** What tells its flows apart; absent: it is one flow. */
    readonly by?: "ByUser" | "ByNamespace";
    readonly rule: PolicyRulesWithSubjects;
  },
): FlowSchema {
  const { precedence, by, rule } = options;
  return schemaOf(name, {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
    rules: [rule],
  });
}

function schemaOf(name: string, spec: FlowSchema["spec"]): FlowSchema {
  return {
    apiVersion: API_VERSION,
    kind: "FlowSchema",
    metadata: { name, annotations: { [AUTO_UPDATE]: "true" } },
    spec,
  };
}

/** The schemas. */
export const FLOW_SCHEMAS: readonly FlowSchema[] = [
  ...Object.entries(MANDATORY_FLOW_SCHEMAS).map(([name, spec]) =>
    schemaOf(name, spec)
  ),
  schema("probes", "exempt", {
    precedence: 2,
    rule: {
      subjects: everybody,
      nonResourceRules: [{
        verbs: ["get"],
        nonResourceURLs: ["/healthz", "/readyz", "/livez"],
      }],
    },
  }),
  schema("system-leader-election", "leader-election", {
    precedence: 100,
    by: "ByUser",
    rule: {
      subjects: [
        user("system:kube-controller-manager"),
        user("system:kube-scheduler"),
        systemAccounts,
      ],
      resourceRules: [{
        verbs: ["get", "create", "update"],
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        namespaces: ALL,
      }],
    },
  }),
  schema("system-node-high", "node-high", {
    precedence: 400,
    by: "ByUser",
    rule: {
      subjects: groupSubjects(NODES_GROUP),
      resourceRules: [{
        verbs: ALL,
        apiGroups: [""],
        resources: ["nodes", "nodes/status"],
        clusterScope: true,
        namespaces: ALL,
      }, {
        verbs: ALL,
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        namespaces: ALL,
      }],
    },
  }),
  schema("system-nodes", "system", {
    precedence: 500,
    by: "ByUser",
    rule: everythingOf(groupSubjects(NODES_GROUP)),
  }),
  schema("kube-controller-manager", "workload-high", {
    precedence: 800,
    by: "ByNamespace",
    rule: everythingOf([user("system:kube-controller-manager")]),
  }),
  schema("kube-scheduler", "workload-high", {
    precedence: 800,
    by: "ByNamespace",
    rule: everythingOf([user("system:kube-scheduler")]),
  }),
  schema("kube-system-service-accounts", "workload-high", {
    precedence: 900,
    by: "ByNamespace",
    rule: everythingOf([systemAccounts]),
  }),
  schema("service-accounts", "workload-low", {
    precedence: 9000,
    by: "ByUser",
    rule: everythingOf(groupSubjects("system:serviceaccounts")),
  }),
  schema("global-default", "global-default", {
    precedence: 9900,
    by: "ByUser",
    rule: everythingOf(everybody),
  }),
];

function level(
  name: string,
  spec: PriorityLevelConfiguration["spec"],
): PriorityLevelConfiguration {
  return {
    apiVersion: API_VERSION,
    kind: "PriorityLevelConfiguration",
    metadata: { name, annotations: { [AUTO_UPDATE]: "true" } },
    spec,
  };
}

function queued(
  name: string,
  share: number,
  options: {
    readonly lendablePercent: number;
    readonly queues: number;
    readonly handSize: number;
  },
): PriorityLevelConfiguration {
  const { lendablePercent, queues, handSize } = options;
  return level(name, {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: share,
      lendablePercent,
      limitResponse: {
        type: "Queue",
        queuing: { queues, handSize, queueLengthLimit: 50 },
      },
    },
  });
}

/** The levels. */
export const PRIORITY_LEVELS: readonly PriorityLevelConfiguration[] = [
  ...Object.entries(MANDATORY_PRIORITY_LEVELS).map(([name, spec]) =>
    level(name, spec)
  ),
  queued("leader-election", 10, {
    lendablePercent: 0,
    queues: 16,
    handSize: 4,
  }),
  queued("node-high", 40, { lendablePercent: 25, queues: 64, handSize: 6 }),
  queued("system", 30, { lendablePercent: 33, queues: 64, handSize: 6 }),
  queued("workload-high", 40, {
    lendablePercent: 50,
    queues: 128,
    handSize: 6,
  }),
  queued("workload-low", 100, {
    lendablePercent: 90,
    queues: 128,
    handSize: 6,
  }),
  queued("global-default", 20, {
    lendablePercent: 50,
    queues: 128,
    handSize: 6,
  }),
];
