import assert from "node:assert/strict";
import { diagramIn, drawStates } from "../testing/state_diagram.ts";
import { CONTAINER_TRANSITIONS } from "./container_states.ts";

Deno.test("the diagram of a container's states shows the table", async () => {
  const source = await Deno.readTextFile(
    new URL("container_states.ts", import.meta.url),
  );
  assert.deepEqual(diagramIn(source), drawStates(CONTAINER_TRANSITIONS));
});

Deno.test("every state of a container is named by the table and reached", () => {
  const table: Record<string, readonly string[]> = CONTAINER_TRANSITIONS;
  const reached = new Set(["deciding", ...Object.values(table).flat()]);
  assert.deepEqual([...reached].sort(), Object.keys(table).sort());
});
