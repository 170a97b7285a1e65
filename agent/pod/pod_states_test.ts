import assert from "node:assert/strict";
import { diagramIn, drawStates } from "../testing/state_diagram.ts";
import { ENDING_STATES, POD_TRANSITIONS } from "./pod_states.ts";

Deno.test("the diagram of a pod's states shows the table", async () => {
  const source = await Deno.readTextFile(
    new URL("pod_states.ts", import.meta.url),
  );
  assert.deepEqual(diagramIn(source), drawStates(POD_TRANSITIONS));
});

Deno.test("every state of a pod is named by the table, is reached and leads to the end", () => {
  const table: Record<string, readonly string[]> = POD_TRANSITIONS;
  const reached = new Set(["admitting", ...Object.values(table).flat()]);
  assert.deepEqual([...reached].sort(), Object.keys(table).sort());
  for (const state of Object.keys(table)) {
    if ((ENDING_STATES as readonly string[]).includes(state)) continue;
    assert.ok(table[state]!.includes("stopping"), state);
  }
});
