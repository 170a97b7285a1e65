import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { serveGuest } from "../guest_rig.ts";

testWith("async_http answers many requests at once from few instances", {
  needs: ["wasmtime"],
  fn: () =>
    serveGuest("async_http", {
      ask: async (url) => {
        for (let round = 0; round < 5; round++) {
          const answers = await Promise.all(
            Array.from({ length: 40 }, async () => {
              const answer = await fetch(url, { method: "POST", body: "x" });
              return `${answer.status} ${await answer.text()}`;
            }),
          );
          assert.deepEqual([...new Set(answers)], [
            "200 hello from WASI 0.3\n",
          ]);
        }
      },
    }),
});
