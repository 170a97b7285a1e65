import assert from "node:assert/strict";
import { type ContainerRole, restarts } from "./restart_policy.ts";

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
  for (const [role, exitCode, always, onFailure, never] of table) {
    const ended = { role, exitCode };
    assert.deepEqual(
      [
        restarts("Always", ended),
        restarts("OnFailure", ended),
        restarts("Never", ended),
      ],
      [always, onFailure, never],
      `${role} ${exitCode}`,
    );
  }
});
