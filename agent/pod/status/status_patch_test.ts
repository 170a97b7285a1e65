import assert from "node:assert/strict";
import { applyStrategicMergePatch } from "../../../src/api/patch/strategic_merge_patch.ts";
import { type Pod, pod as podSchema } from "../../../src/api/core/pod.ts";
import type { PodStatus } from "../../../src/api/core/pod_status.ts";
import { statusPatch } from "./status_patch.ts";

/** What the API has after it got the patch from somebody who believed that it had something else. */
function patched(stored: PodStatus, has: PodStatus | undefined): PodStatus {
  const wants: PodStatus = {
    phase: "Running",
    podIP: "10.0.0.2",
    podIPs: [{ ip: "10.0.0.2" }],
    hostIP: "192.0.2.2",
    hostIPs: [{ ip: "192.0.2.2" }],
  };
  const pod = { metadata: {}, spec: { containers: [] }, status: stored };
  const status = statusPatch(has, wants);
  return applyStrategicMergePatch<Pod>(pod, { status }, podSchema).status!;
}

Deno.test("statusPatch() leaves no address of an earlier life when what is stored was not known", () => {
  const stored: PodStatus = {
    podIP: "10.0.0.9",
    podIPs: [{ ip: "10.0.0.9" }],
    hostIPs: [{ ip: "192.0.2.9" }],
  };
  for (const has of [undefined, {}, stored]) {
    const { podIPs, hostIPs } = patched(stored, has);
    assert.deepEqual(podIPs, [{ ip: "10.0.0.2" }]);
    assert.deepEqual(hostIPs, [{ ip: "192.0.2.2" }]);
  }
});

Deno.test("statusPatch() gives a pod without addresses the wanted ones and nothing else", () => {
  const { podIPs } = patched({}, undefined);
  assert.deepEqual(podIPs, [{ ip: "10.0.0.2" }]);
});

Deno.test("statusPatch() tells of the end that the node itself brought, and leaves that of others alone", () => {
  const wants = (reason: string) => ({
    conditions: [{ type: "DisruptionTarget", status: "True", reason }],
  });
  assert.deepEqual(
    statusPatch({}, wants("TerminationByKubelet")),
    wants("TerminationByKubelet"),
  );
  assert.equal(statusPatch({}, wants("EvictionByEvictionAPI")), undefined);
});
