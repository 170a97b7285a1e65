import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { appArmorProfile } from "../../container/app_armor_profile.ts";
import { AppArmorAdmission } from "./app_armor.ts";

function pod(more: {
  pod?: unknown;
  container?: unknown;
  annotations?: Record<string, string>;
}): Pod {
  return {
    metadata: { name: "web", annotations: more.annotations ?? {} },
    spec: {
      securityContext: { appArmorProfile: more.pod },
      containers: [{
        name: "app",
        securityContext: { appArmorProfile: more.container },
      }],
    },
  } as Pod;
}

Deno.test("admit() refuses a profile where the machine has no AppArmor", () => {
  const without = new AppArmorAdmission(false);
  assert.deepEqual(without.admit(pod({ pod: { type: "RuntimeDefault" } })), {
    admitted: false,
    reason: "AppArmor",
    message: "Cannot enforce AppArmor: AppArmor is not enabled on the host",
  });
  assert.ok(without.admit(pod({ container: { type: "Unconfined" } })).admitted);
  assert.ok(without.admit(pod({})).admitted);
});

Deno.test("admit() takes any profile where there is AppArmor, but no empty name", () => {
  const present = new AppArmorAdmission(true);
  const named = (localhostProfile: string) =>
    pod({ container: { type: "Localhost", localhostProfile } });
  assert.ok(present.admit(named("mine")).admitted);
  assert.equal(present.admit(named(" ")).admitted, false);
});

Deno.test("appArmorProfile() is the container's, else the annotation's, else the pod's", () => {
  const annotations = {
    "container.apparmor.security.beta.kubernetes.io/app": "localhost/old",
  };
  const of = (it: Pod) => appArmorProfile(it, it.spec.containers[0]!);
  const shared = { type: "RuntimeDefault" };
  assert.deepEqual(of(pod({ pod: shared })), shared);
  assert.deepEqual(of(pod({ pod: shared, annotations })), {
    type: "Localhost",
    localhostProfile: "old",
  });
  const own = { type: "Unconfined" };
  assert.deepEqual(of(pod({ pod: shared, annotations, container: own })), own);
});
