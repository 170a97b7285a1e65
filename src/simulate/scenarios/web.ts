/**
 * What the scenarios run: one service of a few replicas.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { Service } from "../../api/core/service.ts";

const LABELS = { app: "web" };

/** The deployment `web`. */
export function webDeployment(replicas: number): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: { containers: [{ name: "web", image: "example.test/web:1" }] },
      },
    },
  };
}

/** The service in front of it. */
export function webService(): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: LABELS, ports: [{ port: 80 }] },
  };
}
