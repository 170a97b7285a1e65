import assert from "node:assert/strict";
import {
  cellsOf,
  findings,
  newObject,
  TEST_CONTEXT,
} from "../testing/findings.ts";
import { podTemplates } from "./pod_template_object.ts";

const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i:1" }] },
};

Deno.test("podTemplates.setDefaults() gives the template a Pod's defaults", () => {
  const object = newObject(podTemplates, { template });
  assert.equal(object["template"].spec.restartPolicy, "Always");
  assert.equal(object["metadata"].generation, 1);
});

Deno.test("podTemplates.validate() holds the template to a Pod's rules", () => {
  assert.deepEqual(
    findings(podTemplates, { template: { spec: { containers: [] } } }),
    ["template.spec.containers: Required value"],
  );
});

Deno.test("podTemplates counts its changes and warns of them", () => {
  const before = newObject(podTemplates, { template });
  const hidden = { name: "A", value: "1" };
  const next = newObject(podTemplates, {
    template: {
      ...template,
      spec: {
        containers: [{ name: "c", image: "i:1", env: [hidden, hidden] }],
      },
    },
  });
  podTemplates.prepareForUpdate(next as never, before as never, TEST_CONTEXT);
  assert.equal(next["metadata"].generation, 2);
  assert.deepEqual(podTemplates.warnings?.(next as never, before as never), [
    'template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
  assert.deepEqual(
    podTemplates.warnings?.(before as never, before as never),
    [],
  );
});

Deno.test("podTemplates.columns are all shown, whatever the width", () => {
  assert.ok(podTemplates.columns.every(({ priority }) => priority === 0));
  const object = newObject(podTemplates, { template });
  assert.deepEqual(cellsOf(podTemplates, object), {
    Name: "a",
    Containers: "c",
    Images: "i:1",
    "Pod Labels": "app=web",
  });
});
