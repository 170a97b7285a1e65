/**
 * What `kubectl get daemonsets` shows.
 *
 * @module
 */
import type { DaemonSet, DaemonSetStatus } from "../apps/daemon_set.ts";
import type { Column } from "../kind.ts";
import { formatLabels, formatLabelSelector } from "../selector.ts";
import { ageColumn, column, containerColumns, nameColumn } from "./common.ts";

function count(
  name: string,
  key: keyof DaemonSetStatus,
  description: string,
): Column<DaemonSet> {
  return column(name, ({ status }) => Number(status?.[key] ?? 0), {
    type: "integer",
    description,
  });
}

/** The columns. */
export const daemonSetColumns: readonly Column<DaemonSet>[] = [
  nameColumn(),
  count("Desired", "desiredNumberScheduled", "Nodes that should run a Pod"),
  count("Current", "currentNumberScheduled", "Nodes that run a Pod and should"),
  count("Ready", "numberReady", "Nodes whose Pod is ready"),
  count(
    "Up-to-date",
    "updatedNumberScheduled",
    "Nodes whose Pod is of the newest template",
  ),
  count(
    "Available",
    "numberAvailable",
    "Nodes whose Pod has been ready for long enough",
  ),
  column(
    "Node Selector",
    ({ spec }) => formatLabels(spec.template.spec.nodeSelector),
    { description: "Labels of the nodes that are chosen" },
  ),
  ageColumn(),
  ...containerColumns<DaemonSet>(({ spec }) => spec.template.spec.containers),
  column("Selector", ({ spec }) => formatLabelSelector(spec.selector), {
    wide: true,
    description: "Labels of the Pods that count",
  }),
];
