import assert from "node:assert/strict";
import type {
  ContainerState,
  ContainerStatus,
} from "../../../src/api/core/container_status.ts";
import type { PodSpec } from "../../../src/api/core/pod_spec.ts";
import { type PhaseInput, podPhase } from "./phase.ts";

const RUNS: ContainerState = { running: {} };
const WAITS: ContainerState = { waiting: {} };
const ended = (exitCode: number): ContainerState => ({
  terminated: { exitCode },
});

function status(
  name: string,
  state: ContainerState,
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  const rest = { ready: false, restartCount: 0, image: "", imageID: "" };
  return { name, state, ...rest, ...more };
}

function phase(
  spec: Partial<PodSpec>,
  statuses: ContainerStatus[],
  more: Partial<PhaseInput> = {},
): string {
  const named = new Set(spec.initContainers?.map(({ name }) => name));
  return podPhase({
    spec: {
      containers: statuses.filter(({ name }) => !named.has(name))
        .map(({ name }) => ({ name })),
      ...spec,
    },
    initStatuses: statuses.filter(({ name }) => named.has(name)),
    statuses: statuses.filter(({ name }) => !named.has(name)),
    ended: false,
    initialized: false,
    ...more,
  });
}

Deno.test("podPhase() is Running while one container runs and the others have started", () => {
  assert.equal(
    phase({}, [status("a", RUNS), status("b", ended(1))]),
    "Running",
  );
  assert.equal(phase({}, [status("a", RUNS), status("b", WAITS)]), "Pending");
  const again = status("b", WAITS, { lastState: ended(1) });
  assert.equal(phase({}, [again]), "Running");
});

Deno.test("podPhase() is final when no container may start again", () => {
  const never = { restartPolicy: "Never" as const };
  assert.equal(phase(never, [status("a", ended(0))]), "Succeeded");
  assert.equal(
    phase(never, [status("a", ended(0)), status("b", ended(2))]),
    "Failed",
  );
  const onFailure = { restartPolicy: "OnFailure" as const };
  assert.equal(phase(onFailure, [status("a", ended(2))]), "Running");
  assert.equal(phase(onFailure, [status("a", ended(0))]), "Succeeded");
  assert.equal(phase({}, [status("a", ended(0))]), "Running");
});

Deno.test("podPhase() heeds the containers' own policies and rules", () => {
  const rule = {
    action: "Restart",
    exitCodes: { operator: "In", values: [7] },
  };
  const spec = {
    restartPolicy: "Never" as const,
    containers: [
      { name: "a", restartPolicy: "Never", restartPolicyRules: [rule] },
    ],
  };
  assert.equal(phase(spec, [status("a", ended(7))]), "Running");
  assert.equal(phase(spec, [status("a", ended(8))]), "Failed");
  const always = {
    containers: [{ name: "a", restartPolicy: "Never" }],
  };
  assert.equal(phase(always, [status("a", ended(0))]), "Succeeded");
  const init = {
    initContainers: [{ name: "i", restartPolicy: "Never" }],
    containers: [{ name: "a" }],
  };
  assert.equal(
    phase(init, [status("i", ended(1)), status("a", WAITS)]),
    "Failed",
  );
});

Deno.test("podPhase() with sidecars is Running while one runs, and what main containers came to decides", () => {
  const spec = {
    restartPolicy: "Never" as const,
    initContainers: [{ name: "s", restartPolicy: "Always" }],
    containers: [{ name: "a" }],
  };
  const sidecar = status("s", RUNS, { started: true });
  assert.equal(phase(spec, [sidecar, status("a", ended(0))]), "Running");
  assert.equal(
    phase(spec, [status("s", ended(137)), status("a", ended(0))]),
    "Succeeded",
  );
  const starting = status("s", RUNS, { started: false });
  const running = status("a", RUNS);
  assert.equal(phase(spec, [starting, running]), "Pending");
  assert.equal(
    phase(spec, [starting, running], { initialized: true }),
    "Running",
  );
});

Deno.test("podPhase() of a pod that was ended is Succeeded only if all its containers succeeded", () => {
  const over = { ended: true };
  assert.equal(phase({}, [status("a", ended(0))], over), "Succeeded");
  assert.equal(phase({}, [status("a", ended(143))], over), "Failed");
  assert.equal(phase({}, [status("a", WAITS)], over), "Failed");
  // A static pod that is taken off the node has come to nothing.
  assert.equal(
    phase({}, [status("a", ended(0))], { ...over, isStatic: true }),
    "Running",
  );
});
