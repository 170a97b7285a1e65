import assert from "node:assert/strict";
import type { ContainerRestartRule } from "../../src/api/core/container.ts";
import {
  couldRestartAll,
  restartsAll,
} from "../../src/api/core/container_restart.ts";
import {
  type ContainerRole,
  restarts,
  restartsAfterKill,
} from "./restart_policy.ts";

const POLICIES = ["Always", "OnFailure", "Never"] as const;

Deno.test("restarts() follows the pod's policy when a container ends", () => {
  const table: [ContainerRole, number, boolean, boolean, boolean][] = [
    // role, exit code, Always, OnFailure, Never
    ["main", 0, true, false, false],
    ["main", 1, true, true, false],
    ["init", 0, false, false, false],
    ["init", 1, true, true, false],
    ["sidecar", 0, true, true, true],
    ["sidecar", 1, true, true, true],
    ["ephemeral", 0, false, false, false],
    ["ephemeral", 1, false, false, false],
  ];
  for (const [role, exitCode, ...expected] of table) {
    assert.deepEqual(
      POLICIES.map((restartPolicy) =>
        restarts({ restartPolicy }, { container: {}, role, exitCode })
      ),
      expected,
      `${role} ${exitCode}`,
    );
  }
});

Deno.test("restarts() follows the container's own policy before the pod's", () => {
  const ended = (restartPolicy: string, exitCode: number) =>
    POLICIES.map((pod) =>
      restarts({ restartPolicy: pod }, {
        container: { restartPolicy },
        role: "main",
        exitCode,
      })
    );
  assert.deepEqual(ended("Never", 1), [false, false, false]);
  assert.deepEqual(ended("OnFailure", 0), [false, false, false]);
  assert.deepEqual(ended("OnFailure", 1), [true, true, true]);
  assert.deepEqual(ended("Always", 0), [true, true, true]);
});

Deno.test("restarts() follows the first rule that fits, and the policy when none does", () => {
  const rule = (
    operator: string,
    values: number[],
    action = "Restart",
  ): ContainerRestartRule => ({ action, exitCodes: { operator, values } });
  const container = {
    restartPolicy: "Never",
    restartPolicyRules: [rule("In", [42, 43]), rule("NotIn", [0, 1, 2])],
  };
  const after = (exitCode: number) =>
    restarts({ restartPolicy: "Never" }, { container, role: "main", exitCode });
  assert.deepEqual([42, 43, 7, 0, 1, 2].map(after), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  // An init container that succeeded is over, whatever its rules say.
  assert.equal(
    restarts({}, {
      container: { ...container, restartPolicyRules: [rule("In", [0])] },
      role: "init",
      exitCode: 0,
    }),
    false,
  );
  assert.equal(
    restartsAfterKill({ restartPolicy: "Always" }, container),
    false,
  );
  assert.equal(restartsAfterKill({ restartPolicy: "Never" }, {}), false);
  assert.equal(restartsAfterKill({}, {}), true);
  const whole = {
    restartPolicy: "Never",
    restartPolicyRules: [rule("In", [88], "RestartAllContainers")],
  };
  assert.equal(restartsAll(whole, 88), true);
  assert.equal(restartsAll(whole, 1), false);
  const spec = { containers: [{ name: "a", ...whole }] };
  assert.equal(couldRestartAll(spec), true);
  assert.equal(couldRestartAll({ containers: [{ name: "a" }] }), false);
});
