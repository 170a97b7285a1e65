import assert from "node:assert/strict";
import fc from "fast-check";
import type { ConfigMap } from "../../api/core/config_map.ts";
import { configMap, startHarness, WatchLines } from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

/** What a writer may do. */
const steps = fc.array(
  fc.record({
    name: fc.constantFrom("a", "b", "c"),
    label: fc.constantFrom("x", "y"),
    what: fc.constantFrom("put", "put", "delete"),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Objects by name. */
type State = Map<string, ConfigMap>;

function stateOf(items: readonly ConfigMap[]): State {
  return new Map(items.map((item) => [item.metadata.name!, item]));
}

Deno.test("list() at any revision and watch() from there come to the same state", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.nat(),
      fc.constantFrom("", "&labelSelector=of%3Dx"),
      async (history, pick, selector) => {
        await using server = await startHarness();
        const label = (of: string) => ({ labels: { of } });
        const revisions = [server.api.store.revision];
        for (const { name, label: of, what } of history) {
          const body = {
            ...configMap(name),
            metadata: { name, ...label(of) },
            data: { n: String(revisions.length) },
          };
          const there =
            (await server.ask("GET", `${MAPS}/${name}`)).status === 200;
          if (what === "delete") {
            if (there) await server.json("DELETE", `${MAPS}/${name}`);
          } else if (there) {
            await server.json("PUT", `${MAPS}/${name}`, { body });
          } else await server.json("POST", MAPS, { body });
          revisions.push(server.api.store.revision);
        }
        const from = revisions[pick % revisions.length]!;
        const listed = await server.json(
          "GET",
          `${MAPS}?resourceVersion=${from}&resourceVersionMatch=Exact${selector}`,
        );
        assert.equal(listed.metadata.resourceVersion, String(from));
        const state = stateOf(listed.items);
        await using lines = new WatchLines(
          await server.ask(
            "GET",
            `${MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=${from}${selector}`,
          ),
        );
        const ended = server.host.advance(1000);
        let last = from;
        for (;;) {
          const event = await lines.next();
          if (event === undefined) break;
          const { object, type } = event;
          const revision = Number(object.metadata.resourceVersion);
          assert(revision >= last && (type === "BOOKMARK" || revision > last));
          last = revision;
          if (type === "BOOKMARK") continue;
          const name = object.metadata.name;
          assert.equal(type === "ADDED", !state.has(name), `${type} ${name}`);
          if (type === "DELETED") state.delete(name);
          else state.set(name, object);
        }
        await ended;
        const now = await server.json("GET", `${MAPS}?${selector.slice(1)}`);
        assert.deepEqual(
          new Map([...state].sort()),
          new Map([...stateOf(now.items)].sort()),
        );
      },
    ),
    { numRuns: 40 },
  );
});
