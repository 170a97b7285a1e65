/** What is left of pods that are no more, against the real server. */
import assert from "node:assert/strict";
import { NodeBench } from "./testing/node_bench.ts";

Deno.test("startAgent() removes folders that no pod wants, once all pods are known, and no others", async () => {
  await using bench = await NodeBench.open();
  await bench.startAgent();
  const pod = await bench.createPod("web", {
    volumes: [{ name: "data", emptyDir: {} }],
  });
  await bench.until("it runs", () => bench.running().length === 1);
  await bench.stopAgent();
  const folder = `${bench.folder}/agent/pods`;
  await Deno.mkdir(`${folder}/uid-of-a-ghost/volumes`, { recursive: true });
  await bench.stopServer();
  await bench.startAgent();
  await bench.until(
    "the checkpoint's pods are taken over",
    () =>
      bench.logs.some((line) => line.includes("Working from the checkpoint")),
  );
  assert.equal([...Deno.readDirSync(folder)].length, 2, "nobody knows yet");
  await bench.startServer();
  await bench.until(
    "the ghost is gone",
    () => [...Deno.readDirSync(folder)].length === 1,
  );
  const volume = `${folder}/${pod.metadata.uid}/volumes`;
  assert.ok((await Deno.stat(volume)).isDirectory);
  assert.equal(bench.running().length, 1);
});
