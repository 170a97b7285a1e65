import assert from "node:assert/strict";
import { validatePodStatusUpdate } from "./pod.ts";
import type { Container } from "../core/container.ts";
import type { Pod } from "../core/pod.ts";

/** What is found when the status says that a container which ended with `exitCode` waits. */
function found(
  restartPolicy: string,
  more: Partial<Container> = {},
  exitCode = 1,
) {
  const pod = (state: object): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default" },
    spec: {
      restartPolicy: restartPolicy as "Always",
      containers: [{ name: "app", image: "i", ...more }],
    },
    status: {
      containerStatuses: [{
        ...{ name: "app", state, ready: false, restartCount: 0 },
        ...{ image: "i", imageID: "" },
      }],
    },
  });
  return validatePodStatusUpdate(
    pod({ waiting: {} }),
    pod({ terminated: { exitCode } }),
  ).length;
}

const rule = (action: string) => ({
  restartPolicy: "Never",
  restartPolicyRules: [
    { action, exitCodes: { operator: "In", values: [88] } },
  ],
});

Deno.test("a container's status may leave its end only when it may run again", () => {
  assert.equal(found("Always"), 0);
  assert.equal(found("OnFailure"), 0);
  assert.equal(found("OnFailure", {}, 0), 1);
  assert.equal(found("Never"), 1);
  assert.equal(found("Always", { restartPolicy: "Never" }), 1);
  assert.equal(found("Never", rule("Restart"), 88), 0);
  assert.equal(found("Never", rule("Restart"), 1), 1);
  // Whoever may be restarted with all others may leave any end.
  assert.equal(found("Never", rule("RestartAllContainers"), 1), 0);
});
