import assert from "node:assert/strict";
import { pods } from "./core/pod.ts";
import { services } from "./core/service.ts";
import type { ListShape, Shape } from "./shape.ts";

function at(shape: Shape, path: string): Shape {
  let here = shape;
  for (const name of path.split(".")) {
    if (here.type === "list") here = here.item;
    assert(here.type === "object", `${path} at ${name}`);
    const next = here.field(name);
    assert(next !== undefined, `${path} at ${name}`);
    here = next;
  }
  return here;
}

Deno.test("shapeOf() names the keys of list maps with their defaults", () => {
  const ports = at(pods.schema.shape, "spec.containers.ports") as ListShape;
  assert.equal(ports.list, "map");
  assert.deepEqual(ports.keys, [
    { name: "containerPort", default: 0 },
    { name: "protocol", default: "TCP" },
  ]);
  const servicePorts = at(services.schema.shape, "spec.ports") as ListShape;
  assert.deepEqual(servicePorts.keys, [
    { name: "port", default: 0 },
    { name: "protocol", default: "TCP" },
  ]);
});

Deno.test("shapeOf() tells sets, atomic lists and atomic objects", () => {
  const shape = pods.schema.shape;
  assert.equal((at(shape, "metadata.finalizers") as ListShape).list, "set");
  assert.equal(
    (at(shape, "spec.containers.command") as ListShape).list,
    "atomic",
  );
  const selector = at(shape, "spec.nodeSelector");
  assert(selector.type === "map" && selector.atomic);
  const labels = at(shape, "metadata.labels");
  assert(labels.type === "map" && !labels.atomic);
  assert.equal(labels.value.type, "scalar");
});

Deno.test("shapeOf() sees a quantity as one value", () => {
  const requests = at(pods.schema.shape, "spec.containers.resources.requests");
  assert(requests.type === "map");
  assert.equal(requests.value.type, "scalar");
});
