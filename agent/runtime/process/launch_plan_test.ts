import assert from "node:assert/strict";
import { superviseMounts } from "./launch_plan.ts";

Deno.test("superviseMounts() starts no guest without the root that it was made for", () => {
  const plan = {
    mounts: { folders: [], points: [], links: [], rootTable: "" },
    launch: {
      program: "/opt/engine",
      payload: "/module",
      args: [],
      stopSignal: "SIGTERM" as const,
      root: { program: "/.wherry/engine", payload: "/.wherry/module" },
    },
  };
  assert.throws(
    () => superviseMounts(plan, { folder: "/c" }),
    { name: "RuntimeError", reason: "RunContainerError" },
  );
  const { root } = superviseMounts(plan, {
    folder: "/c",
    rootLauncher: "/enter-root",
  });
  assert.deepEqual(root, {
    launcher: "/enter-root",
    table: "/c/root",
    folder: "/c/mnt",
    program: "/.wherry/engine",
  });
});
