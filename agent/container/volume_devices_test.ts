import assert from "node:assert/strict";
import type { ReadyVolume } from "../volumes/pod_volumes.ts";
import { volumeDevices } from "./volume_devices.ts";

const CONTAINER = {
  name: "main",
  volumeDevices: [
    { name: "disk", devicePath: "/dev/xvda" },
    { name: "shared", devicePath: "/dev/xvdb" },
  ],
};

const READY: Readonly<Record<string, ReadyVolume>> = {
  disk: { path: "/dev/sdb", readOnly: false, isOurs: false },
  shared: { path: "/dev/sdc", readOnly: true, isOurs: false },
};

Deno.test("volumeDevices() passes devices on with what the pod may do with them", () => {
  const ready = (name: string) => READY[name];
  assert.deepEqual(volumeDevices(CONTAINER, { ready, canPass: true }), [
    {
      hostPath: "/dev/sdb",
      containerPath: "/dev/xvda",
      permissions: "mrw",
    },
    { hostPath: "/dev/sdc", containerPath: "/dev/xvdb", permissions: "r" },
  ]);
  assert.deepEqual(volumeDevices({ name: "b" }, { ready, canPass: false }), []);
});

Deno.test("volumeDevices() refuses what an engine cannot pass, and volumes that are not there", () => {
  assert.throws(
    () =>
      volumeDevices(CONTAINER, {
        ready: (name) => READY[name],
        canPass: false,
      }),
    /^RuntimeError: volume device "disk": this runtime passes no devices/,
  );
  assert.throws(
    () => volumeDevices(CONTAINER, { ready: () => undefined, canPass: true }),
    /^RuntimeError: cannot find volume "disk" to pass into container$/,
  );
});
