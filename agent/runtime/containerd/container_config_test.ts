import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import type { SandboxConfig } from "../runtime.ts";
import { shellContainer } from "../../../src/testing/containerd_rig.ts";
import { toContainerConfig, toContainerStatus } from "./container_config.ts";
import {
  ContainerConfigSchema,
  ContainerState,
  ContainerStatusSchema,
  NamespaceMode,
} from "./gen/cri_pb.ts";
import { toPodSandboxConfig } from "./sandbox_config.ts";

const SANDBOX: SandboxConfig = {
  name: "p",
  namespace: "n",
  uid: "u",
  attempt: 0,
  hostname: "h",
  labels: {},
  annotations: {},
  logDirectory: "/logs",
  hostNetwork: false,
};

function config(more: Parameters<typeof shellContainer>[1]) {
  return create(
    ContainerConfigSchema,
    toContainerConfig(SANDBOX, shellContainer("true", more)),
  );
}

Deno.test("toContainerConfig() hides the kernel from all but privileged containers", () => {
  const { security } = shellContainer("");
  const plain = config({}).linux!.securityContext!;
  assert.ok(plain.maskedPaths.includes("/proc/kcore"));
  assert.ok(plain.readonlyPaths.includes("/proc/sys"));
  assert.equal(plain.noNewPrivs, false);
  const privileged = config({ security: { ...security, privileged: true } });
  assert.deepEqual(privileged.linux!.securityContext!.maskedPaths, []);
});

Deno.test("toContainerConfig() sends a group only with a user", () => {
  const { security } = shellContainer("");
  const of = (more: { runAsUser?: number; runAsGroup?: number }) =>
    config({ security: { ...security, ...more } }).linux!.securityContext!;
  assert.equal(of({ runAsGroup: 5 }).runAsGroup, undefined);
  assert.equal(of({ runAsGroup: 5, runAsUser: 0 }).runAsGroup?.value, 5n);
  assert.equal(of({ runAsUser: 0 }).runAsUser?.value, 0n);
});

Deno.test("toContainerConfig() joins the processes of a target", () => {
  const of = (more: Parameters<typeof shellContainer>[1]) => {
    const { pid, targetId } = config(more).linux!.securityContext!
      .namespaceOptions!;
    return [pid, targetId];
  };
  assert.deepEqual(of({}), [NamespaceMode.CONTAINER, ""]);
  assert.deepEqual(of({ targetId: "c1" }), [NamespaceMode.TARGET, "c1"]);
});

Deno.test("toPodSandboxConfig() joins the node's network when asked to", () => {
  const options = toPodSandboxConfig({ ...SANDBOX, hostNetwork: true });
  assert.equal(
    options.linux?.securityContext?.namespaceOptions?.network,
    NamespaceMode.NODE,
  );
  assert.equal(options.hostname, "");
  assert.equal(options.linux?.cgroupParent, "/wherry/podu");
});

Deno.test("toContainerStatus() never lets a container end before it started", () => {
  const status = toContainerStatus(
    create(ContainerStatusSchema, {
      id: "c",
      state: ContainerState.CONTAINER_EXITED,
      startedAt: 2_000_000n,
      finishedAt: 1_000_000n,
      exitCode: 7,
    }),
    "s",
  );
  assert.equal(status.startedAt, 2);
  assert.equal(status.finishedAt, 2);
  assert.equal(status.exitCode, 7);
});

Deno.test("toContainerStatus() tells no exit of a container that runs", () => {
  const status = toContainerStatus(
    create(ContainerStatusSchema, {
      id: "c",
      state: ContainerState.CONTAINER_RUNNING,
      startedAt: 2_000_000n,
    }),
    "s",
  );
  assert.equal("exitCode" in status, false);
  assert.equal("finishedAt" in status, false);
});
